"""The order service on a real pair of databases."""

import http.client
import json
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from lab.orders.server import serve
from lab.sites.certificates import Authority
from lab.sites.postgres import DATABASE, PostgresServer
from lab.sites.replication import DatabasePair
from tests.lab.sites.conftest import authority, lab, pair

__all__ = ["authority", "lab", "pair"]


@dataclass(frozen=True)
class Service:
    """One pod's service, asked over one kept connection per thread of the test."""

    port: int

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        """Send one request; return status and document."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def order(self, order_id: str) -> tuple[int, dict[str, Any]]:
        """Place an order."""
        return self.ask("POST", "/orders", {"id": order_id, "item": "tea", "quantity": 2})


def environment(
    server: PostgresServer, pair: DatabasePair, authority: Authority, site: str
) -> dict[str, str]:
    """Return what a pod of a site is given."""
    return {
        "HOST": "127.0.0.1",
        "PORT": "0",
        "SITE": site,
        "POD_NAME": f"{site}-pod",
        "PGHOST": server.host,
        "PGPORT": str(server.port),
        "PGDATABASE": DATABASE,
        "PGUSER": "orders",
        "PGPASSWORD": pair.passwords.orders,
        "PGSSLROOTCERT": str(authority.path),
    }


def running(variables: dict[str, str]) -> Iterator[Service]:
    """Serve in a thread while the caller's block runs."""
    server = serve(variables)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield Service(int(server.server_address[1]))
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def aws(pair: DatabasePair, authority: Authority) -> Iterator[Service]:
    """Serve at AWS, on the primary."""
    yield from running(environment(pair.aws, pair, authority, "aws"))


@pytest.fixture(scope="module")
def azure(pair: DatabasePair, authority: Authority) -> Iterator[Service]:
    """Serve at Azure, on the standby."""
    yield from running(environment(pair.azure, pair, authority, "azure"))


@pytest.fixture
def order_id() -> str:
    """Return a new order's id."""
    return str(uuid.uuid4())
