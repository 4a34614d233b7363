"""A gate for the guard to ask, and an Entra before it: a server that answers what a test wants."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

SERVICE_TOKEN = "a-service-account's-token"
TENANT, CLIENT, APPLICATION = "a-tenant", "the-database", "the-function-app"


@dataclass
class GateServer:
    """``answer`` is the body, ``status`` its status; ``shown`` are the tokens that were shown.

    ``forms`` are what Entra was asked with; it gives access-1, access-2 and so on, with
    ``token_status``. Of those the gate takes no ``refused`` one.
    """

    url: str = ""
    authority: str = ""
    status: int = 200
    answer: Any = None
    token_status: int = 200
    refused: set[str] = field(default_factory=set)
    shown: list[str] = field(default_factory=list)
    forms: list[dict[str, list[str]]] = field(default_factory=list)

    def environment(self, token_file: Path) -> dict[str, str]:
        """Return what the guard is told; its service account's token is written to the file."""
        token_file.write_text(SERVICE_TOKEN)
        return {
            "GATE_URL": self.url,
            "GATE_APPLICATION_ID": APPLICATION,
            "AZURE_AUTHORITY_HOST": self.authority,
            "AZURE_TENANT_ID": TENANT,
            "AZURE_CLIENT_ID": CLIENT,
            "AZURE_FEDERATED_TOKEN_FILE": str(token_file),
        }

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
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            gate.shown.append(token)
            self.say(401 if token in gate.refused else gate.status, gate.answer)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            gate.forms.append({"path": [self.path], **parse_qs(body)})
            token = {"access_token": f"access-{len(gate.forms)}", "expires_in": 3600}
            self.say(gate.token_status, token)

        def say(self, status: int, answer: object) -> None:
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    gate.authority = f"http://127.0.0.1:{server.server_port}"
    gate.url = f"{gate.authority}/api/gate"
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield gate
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
