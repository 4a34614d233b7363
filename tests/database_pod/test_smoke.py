"""The smoke checks' words about a workload that is not what it should be."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from typing import Any

import pytest

from landbridge.database_pod.environment import SmokeOrder
from landbridge.database_pod.report import Report
from landbridge.database_pod.smoke import smoke
from landbridge.domain.errors import SmokeCheckError
from tests.adapters.serving import running

KEEPS: dict[str, Any] = {"ready": b"ok", "first": 201, "again": 200, "changes": {}}


@contextmanager
def workload(behaviour: Mapping[str, Any]) -> Iterator[str]:
    """Run an order service that keeps orders, but for what it is told to do else."""
    orders: dict[str, dict[str, Any]] = {}
    does = {**KEEPS, **behaviour}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/ready":
                self._say(200, does["ready"])
                return
            order = orders[self.path.rpartition("/")[2]]
            self._say(200, json.dumps({**order, **does["changes"]}).encode())

        def do_POST(self) -> None:
            order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = does["again"] if order["id"] in orders else does["first"]
            orders[order["id"]] = order
            self._say(status, json.dumps(order).encode())

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with running(server):
        yield f"http://127.0.0.1:{server.server_port}"


@pytest.mark.parametrize("ready", [b"ok", b"", b"{}", b"\xff\xfe"])
def test_a_workload_is_ready_whatever_words_it_has_for_it(ready: bytes) -> None:
    """200 is 200: what stands in the body is the workload's own."""
    said = StringIO()
    with workload({"ready": ready}) as url:
        smoke(SmokeOrder(url, 10.0), Report(said))
    event = json.loads(said.getvalue())
    assert event["event"] == "smoke"
    assert len(event["order"]) == 36


@pytest.mark.parametrize(
    ("behaviour", "why"),
    [
        ({"first": 503}, "POST .*/orders answered 503, not 201"),
        ({"first": 200}, "answered 200, not 201"),
        ({"again": 201}, "answered 201, not 200"),
        ({"changes": {"id": "another"}}, "another order was read back"),
    ],
)
def test_an_order_that_is_not_kept_fails(behaviour: Mapping[str, Any], why: str) -> None:
    """Placed, read back, and placed again as the same one: each is looked at."""
    with workload(behaviour) as url, pytest.raises(SmokeCheckError, match=why):
        smoke(SmokeOrder(url, 10.0), Report(StringIO()))


def test_a_workload_that_never_is_ready_says_what_it_said() -> None:
    """Nobody listens there: the last answer is in the reason."""
    with pytest.raises(SmokeCheckError, match=r"not ready after 0.01 s: 0 .*refused"):
        smoke(SmokeOrder("http://127.0.0.1:1", 0.01), Report(StringIO()))
