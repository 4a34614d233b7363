"""A tenant's published keys, as Entra serves them: on loopback, counted, and to be taken away."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from lab.azure.signing import SigningKey
from lab.azure.tenant import Registration, Tenant
from landbridge.domain.callers import Role
from tests.adapters.serving import running

TENANT_ID = "11111111-2222-3333-4444-555555555555"
APPLICATION_ID = "aaaaaaaa-2222-3333-4444-555555555555"
ORCHESTRATOR = "bbbbbbbb-2222-3333-4444-555555555555"
DATABASE = "cccccccc-2222-3333-4444-555555555555"
# Making one takes a tenth of a second.
KEY, OTHER_KEY = SigningKey.made("entra-1"), SigningKey.made("entra-2")


class KeysServer:
    """``fetches`` counts who asked for the keys; with ``broken`` they get 500."""

    def __init__(self, url: str) -> None:
        self.fetches = 0
        self.broken = False
        self.tenant = Tenant(
            url=url,
            tenant_id=TENANT_ID,
            application_id=APPLICATION_ID,
            registrations={
                ORCHESTRATOR: Registration(roles=[Role.ORCHESTRATOR]),
                DATABASE: Registration(roles=[Role.GATE_READER]),
            },
            keys=[KEY],
        )

    def environment(self) -> dict[str, str]:
        """Return what the Function App is told of whom to trust."""
        return {
            "LANDBRIDGE_AUTHORITY": self.tenant.url,
            "LANDBRIDGE_TENANT_ID": TENANT_ID,
            "LANDBRIDGE_APPLICATION_ID": APPLICATION_ID,
            "LANDBRIDGE_CALLERS": f"{ORCHESTRATOR}, {DATABASE}",
        }

    def claims(self, client: str = ORCHESTRATOR, **changes: object) -> dict[str, object]:
        """Return a good token's claims with some changed; those changed to None are left out."""
        roles = self.tenant.registrations[client].roles
        claims = {**self.tenant.claims(client, roles), **changes}
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, client: str = ORCHESTRATOR, **changes: object) -> str:
        """Return a token with those claims, signed by the newest key."""
        return self.tenant.keys[-1].sign(self.claims(client, **changes))


@contextmanager
def keys_server() -> Iterator[KeysServer]:
    """Serve the keys until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.fetches += 1
            known = self.path == f"/{TENANT_ID}/discovery/v2.0/keys"
            body = json.dumps(server.tenant.published()).encode()
            self.send_response(500 if server.broken else 200 if known else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = KeysServer(f"http://127.0.0.1:{listening.server_port}")
    with running(listening):
        yield server
