"""A gate for the guard to ask: an HTTP server that answers what a test wants."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

KEY = "a-function-key"


@dataclass
class GateServer:
    """``answer`` is the body, ``status`` its status; ``keys`` are those that were shown."""

    url: str = ""
    status: int = 200
    answer: Any = None
    keys: list[str] = field(default_factory=list)

    def say(self, state: str, active_site: str, epoch: int) -> None:
        """Answer with a gate like that from now on."""
        self.answer = {
            "state": state,
            "active_site": active_site,
            "epoch": epoch,
            "holder": "run-0",
            "since": "2026-11-23T12:00:00Z",
        }


@contextmanager
def gate_server() -> Iterator[GateServer]:
    """Serve a gate until the block ends."""
    gate = GateServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            gate.keys.append(self.headers.get("x-functions-key", ""))
            body = json.dumps(gate.answer).encode()
            self.send_response(gate.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    gate.url = f"http://127.0.0.1:{server.server_port}/api/gate"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield gate
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
