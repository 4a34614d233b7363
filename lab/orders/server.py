"""The order service: ``GET /ready``, ``POST /orders``, ``GET /orders/<id>``.

201 is an acknowledgement: the row is committed, and replicated where replication is synchronous.
Whatever is not known to be so is 503 with the reason.
"""

import json
import socket
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lab.orders.database import Database, NotWritableError, Order, database_from

__all__ = ["main", "serve"]

LONGEST_BODY = 4096
LONGEST_ITEM = 200
MOST = 2**31 - 1  # PostgreSQL's integer
READY_SECONDS = 0.25  # how long one proof of readiness holds


class _Readiness:
    """One proof at a time, shared by everybody who asks meanwhile."""

    def __init__(self, database: Database, name: str) -> None:
        self._database, self._name = database, name
        self._lock = threading.Lock()
        self._proved_at = 0.0
        self._reason = "not asked yet"

    def reason(self) -> str:
        """Return why the site is not ready, or an empty text where it is."""
        if not self._lock.acquire(timeout=0.8):
            return "a write for readiness hangs"
        try:
            if time.monotonic() - self._proved_at > READY_SECONDS or self._reason:
                self._prove()
            return self._reason
        finally:
            self._lock.release()

    def _prove(self) -> None:
        before = self._reason
        try:
            self._database.prove_writable(self._name)
            self._reason = ""
            self._proved_at = time.monotonic()
        except NotWritableError as error:
            self._reason = str(error)
        if before != self._reason:
            say(f"not ready: {self._reason}" if self._reason else "ready")


def say(text: str) -> None:
    """Write one line of the pod's log."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class _RefusedError(Exception):
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    database: Database
    readiness: _Readiness
    site: str

    def setup(self) -> None:
        super().setup()
        # One send for head and body, as every server does.
        self.wfile = self.connection.makefile("wb", buffering=8192)

    def do_GET(self) -> None:
        self._answer(self._get)

    def do_POST(self) -> None:
        self._answer(self._post)

    def _answer(self, ask: Any) -> None:
        try:
            status, document = ask()
        except _RefusedError as error:
            status, document = error.status, {"error": str(error)}
        except NotWritableError as error:
            status, document = 503, {"error": str(error), "site": self.site}
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def _get(self) -> tuple[int, dict[str, Any]]:
        if self.path == "/ready":
            reason = self.readiness.reason()
            return (503, {"error": reason}) if reason else (200, {"site": self.site})
        if self.path.startswith("/orders/"):
            order_id = _uuid(self.path.removeprefix("/orders/"))
            order = self.database.find(order_id)
            if order is None:
                raise _RefusedError(404, f"there is no order {order_id}")
            return 200, _document(order)
        raise _RefusedError(404, f"there is no {self.path}")

    def _post(self) -> tuple[int, dict[str, Any]]:
        closes = self.close_connection
        self.close_connection = True  # until the body is read, or it would be the next request
        if self.path != "/orders":
            raise _RefusedError(404, f"there is no {self.path}")
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            raise _RefusedError(411, "Content-Length is needed")
        if int(length) > LONGEST_BODY:
            raise _RefusedError(413, f"the body has more than {LONGEST_BODY} bytes")
        body = self.rfile.read(int(length))
        self.close_connection = closes
        order_id, item, quantity = _parse(body)
        order = self.database.place(order_id, item, quantity)
        return (201 if order.created else 200), _document(order)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - inherited name
        """Keep requests out of the log: what changes is said by ``say``."""


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise _RefusedError(400, f"id: {text!r} is not a UUID") from None


def _parse(body: bytes) -> tuple[str, str, int]:
    try:
        document = json.loads(body)
        order_id, item, quantity = document["id"], document["item"], document["quantity"]
    except (ValueError, KeyError, TypeError):
        raise _RefusedError(400, "the body is JSON with id, item and quantity") from None
    if not isinstance(item, str) or not 0 < len(item) <= LONGEST_ITEM or "\0" in item:
        raise _RefusedError(400, f"item: text of 1 to {LONGEST_ITEM} characters is needed")
    if not isinstance(quantity, int) or isinstance(quantity, bool):
        raise _RefusedError(400, "quantity: a whole number is needed")
    if not 1 <= quantity <= MOST:
        raise _RefusedError(400, f"quantity: 1 to {MOST}")
    return _uuid(str(order_id)), item, quantity


def _document(order: Order) -> dict[str, Any]:
    return {"id": order.id, "number": order.number, "site": order.site, "epoch": order.epoch}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[_Handler]) -> None:
        super().__init__(address, handler)
        self._database = handler.database

    def server_close(self) -> None:
        """Close the listening socket and the database's pool."""
        super().server_close()
        self._database.close()


def serve(environment: Mapping[str, str]) -> ThreadingHTTPServer:
    """Return the server, bound to HOST and PORT; ``serve_forever`` is the caller's."""
    site = environment["SITE"]
    database = database_from(environment, site)
    name = environment.get("POD_NAME") or socket.gethostname()
    state = {"database": database, "readiness": _Readiness(database, name), "site": site}
    handler = type("Handler", (_Handler,), state)
    return _Server((environment.get("HOST", "127.0.0.1"), int(environment["PORT"])), handler)


def main(environment: Mapping[str, str]) -> None:
    """Serve until the process is told to end."""
    server = serve(environment)
    say(f"orders at {environment['SITE']} listens on {server.server_address}")
    server.serve_forever()
