"""The operators' chat: a webhook on loopback that takes every message and keeps it."""

import json
import secrets
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["WEBHOOK_SECRET", "Chat"]

WEBHOOK_SECRET = "landbridge/webhook"  # noqa: S105 - the secret's name
_POLL_SECONDS = 0.1


class Chat:
    """Serves from its making until ``stop``; ``messages`` are the payloads, as they came."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self._path = f"/{secrets.token_urlsafe(16)}"
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_SECONDS,), daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """Its URL, which is a secret."""
        return f"http://127.0.0.1:{self._server.server_port}{self._path}"

    def stop(self) -> None:
        """Serve no more; harmless when it is over."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        chat = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                known = self.path == chat._path
                if known:
                    chat.messages.append(json.loads(body))
                self.send_response(HTTPStatus.OK if known else HTTPStatus.NOT_FOUND)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        return Handler
