"""Azure's own vote."""

import socket

import pytest

from azure_functions import probe
from tests.adapters.scripted_name_server import name_server
from tests.azure_functions.conftest import Call, forget


@pytest.mark.parametrize("times", [1, 2])
def test_primary_refuses(call: Call, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """A load balancer where nobody listens is a vote for down, however often it is asked."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv("LANDBRIDGE_PRIMARY_PROBE_URL", f"https://127.0.0.1:{port}/ready")
    forget()

    for _ in range(times):
        answered = call(probe.probe_primary, {})

        assert answered.status == 200
        assert (answered.body["witness"], answered.body["vote"]) == ("azure", "down")
        assert "refused" in answered.body["reason"]


def test_name_that_does_not_resolve(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that the zone's servers do not know is a vote for nothing."""
    with name_server({}) as zone:
        monkeypatch.setenv("LANDBRIDGE_NAME_SERVERS", zone.address)
        monkeypatch.setenv("LANDBRIDGE_PRIMARY_PROBE_URL", "https://health.shop.test/ready")
        forget()

        answered = call(probe.probe_primary, {})

    assert (answered.status, answered.body["vote"]) == (200, "unknown")
    assert "health.shop.test" in answered.body["reason"]


def test_target_is_not_the_callers(call: Call) -> None:
    """A caller who names a target is refused: the Function App probes for nobody else."""
    answered = call(probe.probe_primary, {"url": "https://10.0.0.1/secret"})

    assert (answered.status, answered.body["error"]) == (400, "InvalidEventError")
    assert "url" in answered.body["message"]
