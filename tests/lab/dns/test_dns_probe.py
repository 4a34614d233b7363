"""One health checker's request against real endpoints."""

import asyncio
import socket
from typing import Any

import pytest

from lab.dns.probe import Budget, Observation, probe
from lab.dns.rules import CheckType, HealthCheck

BUDGET = Budget.for_time_scale(0.001)


def check(kind: CheckType = CheckType.HTTPS, **settings: Any) -> HealthCheck:
    """Return a check of health.shop.test/ready."""
    return HealthCheck("id", kind, **{"fqdn": "health.shop.test", "path": "/ready", **settings})


def look(found: HealthCheck, port: int, budget: Budget = BUDGET) -> Observation:
    """Probe once."""
    return asyncio.run(probe(found, ("127.0.0.1", port), budget))


class TestHttp:
    @pytest.mark.parametrize(
        ("status", "passed"), [(200, True), (204, True), (302, True), (404, False), (503, False)]
    )
    def test_2xx_and_3xx_pass(self, *, https: Any, status: int, passed: bool) -> None:
        """An endpoint passes with 2xx or 3xx, over TLS whose certificate nobody validates."""
        https.statuses["/ready"] = status
        seen = look(check(), https.port)

        assert seen.passed is passed
        assert str(status) in seen.detail

    def test_request(self, https: Any) -> None:
        """Host carries the name and the port that is not the scheme's own; SNI does no harm."""
        https.statuses["/ready"] = 200
        look(check(port=8443, send_server_name=True), https.port)
        look(check(port=443), https.port)

        assert [found["Host"] for found in https.headers] == [
            "health.shop.test:8443",
            "health.shop.test",
        ]
        assert "Amazon-Route53-Health-Check-Service" in https.headers[0]["User-Agent"]

    def test_plain_http(self, http: Any) -> None:
        """HTTP checks go without TLS."""
        http.statuses["/ready"] = 200

        assert look(check(CheckType.HTTP), http.port).passed

    def test_wrong_protocol(self, http: Any) -> None:
        """A TLS check of an endpoint that speaks none fails with a reason."""
        http.statuses["/ready"] = 200
        seen = look(check(CheckType.HTTPS), http.port)

        assert not seen.passed
        assert seen.detail.startswith("Failure: ")

    def test_no_answer_in_time(self, http: Any) -> None:
        """An endpoint that accepts and stays silent fails at the end of the answer's budget."""
        http.hold.clear()
        budget = Budget(connect_seconds=1.0, tcp_connect_seconds=1.0, answer_seconds=0.05)

        assert look(check(CheckType.HTTP), http.port, budget) == Observation(
            passed=False, detail="Failure: No answer in time"
        )

    def test_not_http(self) -> None:
        """An endpoint that answers something else than HTTP fails."""

        async def run() -> Observation:
            async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await reader.readline()
                writer.write(b"SSH-2.0-x\r\n")
                writer.close()

            server = await asyncio.start_server(serve, "127.0.0.1", 0)
            async with server:
                port = server.sockets[0].getsockname()[1]
                return await probe(check(CheckType.HTTP), ("127.0.0.1", port), BUDGET)

        assert "no HTTP status line" in asyncio.run(run()).detail


class TestStringMatch:
    @pytest.mark.parametrize(("before", "passed"), [(0, True), (5120 - 4, True), (5120 - 3, False)])
    def test_first_5120_bytes(self, *, http: Any, before: int, passed: bool) -> None:
        """The string must lie entirely within the body's first 5,120 bytes."""
        http.statuses["/ready"] = 200
        http.body = b"." * before + b"fine" + b"." * 100
        found = check(CheckType.HTTP_STR_MATCH, search_string="fine")

        assert look(found, http.port).passed is passed

    def test_status_comes_first(self, http: Any) -> None:
        """A matching body does not help a bad status."""
        http.statuses["/ready"] = 500
        found = check(CheckType.HTTP_STR_MATCH, search_string="fine")

        assert not look(found, http.port).passed


class TestConnections:
    def test_refused(self) -> None:
        """Nobody there: the check fails with the system's reason."""
        with socket.socket() as reserved:
            reserved.bind(("127.0.0.1", 0))
            seen = look(check(), reserved.getsockname()[1])

        assert seen == Observation(passed=False, detail="Failure: Connection refused")

    def test_tcp(self, http: Any) -> None:
        """A TCP check only connects."""
        assert look(check(CheckType.TCP), http.port).passed
        assert http.headers == []


def test_budget_in_life_and_in_scaled_time() -> None:
    """In life 4, 10 and 2 seconds as documented; scaled time never goes under a second each."""
    assert Budget.for_time_scale(1.0) == Budget(4.0, 10.0, 2.0)
    assert Budget.for_time_scale(0.05) == Budget(1.0, 1.0, 1.0)
