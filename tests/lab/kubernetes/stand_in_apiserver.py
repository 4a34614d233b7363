"""Stands in for the kube-apiserver program: takes its flags, serves the lab's own API with TLS."""

import asyncio
import csv
import json
import signal
import ssl
import sys
from pathlib import Path

from aiohttp import web

from lab.kubernetes.api.application import Server
from lab.kubernetes.api.users import Authenticator


def _tokens(given: Path) -> Path:
    entries = {
        token: {"user": user, "groups": groups[0].split(",") if groups else []}
        for token, user, _uid, *groups in csv.reader(given.read_text().splitlines())
    }
    tokens = given.with_suffix(".json")
    tokens.write_text(json.dumps(entries))
    return tokens


async def _serve(flags: dict[str, str]) -> None:
    tokens = _tokens(Path(flags["token-auth-file"]))
    trust = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trust.load_cert_chain(flags["tls-cert-file"], flags["tls-private-key-file"])
    application = Server(Authenticator(tokens), node_scheme="https").application()
    runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(
        runner, flags["bind-address"], int(flags["secure-port"]), ssl_context=trust
    ).start()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    pairs = (flag.removeprefix("--").split("=", 1) for flag in sys.argv[1:])
    asyncio.run(_serve(dict(pairs)))
