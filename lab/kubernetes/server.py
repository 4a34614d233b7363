"""Serve one cluster's API: `python -m lab.kubernetes.server --port N --name aws --tokens FILE`.

With `--controllers TOKEN_FILE` the controllers run beside the server, as clients of its HTTP API.
"""

import argparse
import asyncio
import signal
from pathlib import Path

from aiohttp import web

from lab.kubernetes.api.application import Server
from lab.kubernetes.api.users import Authenticator
from lab.kubernetes.client import Api
from lab.kubernetes.controllers.run import run_controllers


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="lab.kubernetes.server", description=__doc__)
    parser.add_argument("--name", required=True, help="the cluster's name, for people")
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--tokens", type=Path, required=True, help="JSON: token -> {user, groups}")
    parser.add_argument("--history", type=int, default=2000, help="changes kept for watches")
    parser.add_argument("--controllers", type=Path, help="run them, with the token in this file")
    parser.add_argument("--time-scale", type=float, default=1.0)
    parser.add_argument("--port-file", type=Path, help="write the port here once serving")
    parser.add_argument("--record", type=Path, help="write here what each user was allowed")
    return parser.parse_args()


async def serve(arguments: argparse.Namespace) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = Server(
        Authenticator(arguments.tokens), history=arguments.history, record=arguments.record
    )
    # A watch ends when its client goes away, not at the next change.
    runner = web.AppRunner(
        server.application(), access_log=None, shutdown_timeout=0.1, handler_cancellation=True
    )
    await runner.setup()
    await web.TCPSite(runner, arguments.host, arguments.port).start()
    port = runner.addresses[0][1]
    try:
        if arguments.port_file:
            _publish(arguments.port_file, str(port))
        if arguments.controllers:
            token = arguments.controllers.read_text(encoding="utf-8").strip()
            async with Api(f"http://{arguments.host}:{port}", token) as api:
                await run_controllers(api, stop, time_scale=arguments.time_scale)
        await stop.wait()
    finally:
        await runner.cleanup()


def _publish(path: Path, text: str) -> None:
    """Write a file so that a reader finds all of it or none."""
    draft = path.with_suffix(".draft")
    draft.write_text(text, encoding="utf-8")
    draft.rename(path)


if __name__ == "__main__":
    asyncio.run(serve(_arguments()))
