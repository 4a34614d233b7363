"""Stands in for the kube-apiserver program: takes its flags, serves the lab's own API with TLS."""

import asyncio
import csv
import json
import signal
import ssl
import sys
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from lab.kubernetes.api.application import Server
from lab.kubernetes.api.errors import ApiError
from lab.kubernetes.api.users import Authenticator, User, user_of


class Known:
    """Who is on file; of everybody else the webhook is asked, as a real server does."""

    def __init__(self, tokens: Path, webhook: Path) -> None:
        self._on_file = Authenticator(tokens)
        clusters = json.loads(webhook.read_text())["clusters"]
        self._webhook = clusters[0]["cluster"]["server"]

    def authenticate(self, header: str) -> User:
        """Give the user; raises ApiError 401."""
        try:
            return self._on_file.authenticate(header)
        except ApiError:
            spec = {"token": header.removeprefix("Bearer ")}
            review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": spec}
            where = urlsplit(self._webhook)
            with closing(HTTPConnection(where.netloc, timeout=5)) as connection:
                connection.request("POST", where.path, json.dumps(review))
                status = json.load(connection.getresponse())["status"]
            if not status["authenticated"]:
                raise
            return user_of(status["user"]["username"], status["user"]["groups"])


def _tokens(given: Path) -> Path:
    entries = {
        token: {"user": user, "groups": groups[0].split(",") if groups else []}
        for token, user, _uid, *groups in csv.reader(given.read_text().splitlines())
    }
    tokens = given.with_name("tokens-on-file.json")
    tokens.write_text(json.dumps(entries))
    return tokens


async def _serve(flags: dict[str, str]) -> None:
    tokens = _tokens(Path(flags["token-auth-file"]))
    trust = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trust.load_cert_chain(flags["tls-cert-file"], flags["tls-private-key-file"])
    known = Known(tokens, Path(flags["authentication-token-webhook-config-file"]))
    application = Server(known, node_scheme="https").application()  # type: ignore[arg-type]
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
