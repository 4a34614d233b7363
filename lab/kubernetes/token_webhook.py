"""Tells a real API server whose a token is: `python -m lab.kubernetes.token_webhook`.

EKS has aws-iam-authenticator for this, and AKS asks Entra. The server asks about every token that
it doesn't know itself with a TokenReview (Kubernetes, "Authenticating", "Webhook Token
Authentication"); the answer here is the one that the lab's own server gives.
"""

import argparse
import asyncio
import json
import signal
from pathlib import Path
from typing import Any

from aiohttp import web

from lab.kubernetes.access import write_private
from lab.kubernetes.api import eks_tokens
from lab.kubernetes.api.errors import ApiError
from lab.kubernetes.api.users import Authenticator

__all__ = ["application", "write_configuration"]

HOST, PATH = "127.0.0.1", "/review"


def application(authenticator: Authenticator) -> web.Application:
    """Give the application that says who a token's user is, and nobody for a token of none."""

    async def review(request: web.Request) -> web.Response:
        asked = await request.json()
        token = asked["spec"].get("token", "")
        try:
            user = authenticator.authenticate(f"Bearer {token}")
        except ApiError:
            why = eks_tokens.fault(token) if token.startswith(eks_tokens.PREFIX) else ""
            status: dict[str, Any] = {"authenticated": False, "error": why or "nobody's token"}
        else:
            told = {"username": user.name, "groups": list(user.groups)}
            status = {"authenticated": True, "user": told}
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


async def _serve(port: int, tokens: Path) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = web.AppRunner(application(Authenticator(tokens)), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, HOST, port).start()
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab.kubernetes.token_webhook", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--tokens", type=Path, required=True, help="JSON: token -> {user, groups}")
    given = parser.parse_args()
    asyncio.run(_serve(given.port, given.tokens))
