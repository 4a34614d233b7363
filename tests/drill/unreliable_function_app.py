"""Stands before the Function App: each route's first two calls go wrong, then it works.

The first call is carried out, but its answer is lost; the second is answered 503. What the health
checkers ask is passed on untouched.
"""

import http.client
import ssl
import sys
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from lab.clouds.clouds import Clouds
from lab.processes.ports import free_ports

__all__ = ["UnreliableFunctionApp"]

_LOST, _UNAVAILABLE = 1, 2
_VETOES = "/api/gate/veto-"


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Take a caller that went away (a killed worker does) for what it is."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class UnreliableFunctionApp:
    """Takes over the port of the lab's Functions host, which moves to another one.

    ``calls`` counts what each route was asked. Failures begin with ``fail``.
    """

    def __init__(self, clouds: Clouds) -> None:
        host = clouds.function_host
        host.stop()
        address, host.port = (host.address, host.port), free_ports(1)[0]
        host.start()
        self.calls: Counter[str] = Counter()
        self._failing = False
        self._lock = threading.Lock()
        certificate = clouds.authority.issue("unreliable-app", ["localhost", "127.0.0.1"])
        self._client = clouds.authority.client_context()
        self._upstream = host.port
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate.certificate, certificate.private_key)
        self._server = _Server(address, self._handler())
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def fail(self) -> None:
        """Let the first two calls of each route from now on go wrong."""
        self._failing = True

    def turn(self, route: str) -> int:
        """Count a call of a route; return which one it is, 0 while nothing is to go wrong."""
        if not self._failing or _VETOES in route:
            return 0
        with self._lock:
            self.calls[route] += 1
            return self.calls[route]

    def pass_on(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, str, bytes]:
        """Return the app's own answer: status, content type, body."""
        connection = http.client.HTTPSConnection("localhost", self._upstream, context=self._client)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Content-Type", ""), answer.read()
        finally:
            connection.close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        app = self

        class Handler(BaseHTTPRequestHandler):
            timeout = 30

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                turn = app.turn(f"{self.command} {self.path}")
                if turn == _UNAVAILABLE:
                    self.send_error(503)
                    return
                headers = {n: v for n, v in self.headers.items() if n.lower() != "host"}
                status, kind, text = app.pass_on(self.command, self.path, body, headers)
                if turn == _LOST:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = _answer  # noqa: N815 - http.server's names

            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        return Handler
