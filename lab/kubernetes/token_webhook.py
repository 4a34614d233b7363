"""Tells a real API server who holds an EKS token: `python -m lab.kubernetes.token_webhook`.

EKS has aws-iam-authenticator for this. The server asks about every token that it doesn't know
itself with a TokenReview (Kubernetes, "Authenticating", "Webhook Token Authentication"); the
answer here is the one that the lab's own server gives.
"""

import argparse
import asyncio
import json
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiohttp import web

from lab.kubernetes.access import User, write_private
from lab.kubernetes.api import eks_tokens

__all__ = ["application", "write_configuration"]

HOST, PATH = "127.0.0.1", "/review"


def application(user: User) -> web.Application:
    """Give the application that says `user` for every valid EKS token, and nobody otherwise."""

    async def review(request: web.Request) -> web.Response:
        asked = await request.json()
        fault = eks_tokens.fault(asked["spec"].get("token", ""))
        status: dict[str, Any] = {"authenticated": not fault}
        if fault:
            status["error"] = fault
        else:
            status["user"] = {"username": user.name, "groups": list(user.groups)}
        return web.json_response(
            {"apiVersion": asked["apiVersion"], "kind": asked["kind"], "status": status}
        )

    answering = web.Application()
    answering.router.add_post(PATH, review)
    return answering


def write_configuration(path: Path, port: int) -> None:
    """Write the file by which a server finds the webhook: in the form of a kubeconfig."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "webhook", "cluster": {"server": f"http://{HOST}:{port}{PATH}"}}],
        "users": [{"name": "server", "user": {}}],
        "contexts": [{"name": "webhook", "context": {"cluster": "webhook", "user": "server"}}],
        "current-context": "webhook",
    }
    write_private(path, json.dumps(config))


async def _serve(port: int, name: str, groups: Sequence[str]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = web.AppRunner(application(User(name, tuple(groups))), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, HOST, port).start()
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab.kubernetes.token_webhook", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--group", action="append", default=[])
    given = parser.parse_args()
    asyncio.run(_serve(given.port, given.user, given.group))
