"""Traces: X-Ray's daemon hears of each step's work under the run's id, and of nothing else."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.adapters import tracing, warming
from landbridge.adapters.warming import WARM_EVENT, warmable

TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a:0"
RUN = {"run": "failover-alarm-1"}


@pytest.fixture(name="daemon")
def _daemon(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Return a socket that listens as the daemon does, and a sampled invocation."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.setblocking(False)
        monkeypatch.setenv(tracing.DAEMON_VARIABLE, f"127.0.0.1:{listener.getsockname()[1]}")
        monkeypatch.setenv(tracing.TRACE_VARIABLE, TRACE)
        yield listener


def _heard(daemon: socket.socket) -> list[dict[str, Any]]:
    # On loopback a packet is there when sendto returns.
    found = []
    while True:
        try:
            header, _, body = daemon.recv(65_536).partition(b"\n")
        except BlockingIOError:
            return found
        assert json.loads(header) == {"format": "json", "version": 1}
        found.append(json.loads(body))


@warmable
def step(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Do what a step does: answer, or raise."""
    if event.get("fails"):
        raise LookupError("gone")
    return {"done": True}


def test_a_steps_work_is_found_by_its_run(daemon: socket.socket) -> None:
    """It is a part of the invocation's own trace, with the run's id as an annotation."""
    assert step(RUN, None) == {"done": True}

    (document,) = _heard(daemon)
    assert document["annotations"] == {"run": "failover-alarm-1"}
    assert document["trace_id"] == "1-5759e988-bd862e3fe1be46a994272793"
    assert (document["parent_id"], document["type"]) == ("53995c3f42cd8ad8", "subsegment")
    assert len(document["id"]) == 16
    assert document["end_time"] >= document["start_time"] > 1.6e9
    assert document["fault"] is False


def test_a_state_that_is_entered_again_is_the_same_run(daemon: socket.socket) -> None:
    """What stands after a slash says which time; no execution's name has one."""
    step({"run": "gameday-schedule-1/2026-11-28T10:30:00Z"}, None)

    (document,) = _heard(daemon)
    assert document["annotations"] == {"run": "gameday-schedule-1"}


def test_a_step_that_raises_is_traced_as_failed(daemon: socket.socket) -> None:
    """The error is the step's own, and the trace says that there was one."""
    with pytest.raises(LookupError, match="gone"):
        step({**RUN, "fails": True}, None)

    (document,) = _heard(daemon)
    assert document["fault"] is True


def test_what_is_no_run_is_not_traced(
    daemon: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Warming, an event without a run, and an invocation that X-Ray did not sample."""
    monkeypatch.setattr(warming, "settings_from_environment", lambda _environment: None)
    step(dict(WARM_EVENT), None)
    step({}, None)
    step({"run": 7}, None)
    monkeypatch.setenv(tracing.TRACE_VARIABLE, TRACE.replace("Sampled=1", "Sampled=0"))
    step(RUN, None)

    assert _heard(daemon) == []


@pytest.mark.parametrize("address", ["", "nowhere", "127.0.0.1:none", "256.0.0.1:2000"])
def test_a_trace_that_cannot_be_sent_costs_no_step(
    daemon: socket.socket, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """No daemon, or an address that is none: the step does its work."""
    monkeypatch.setenv(tracing.DAEMON_VARIABLE, address)

    assert step(RUN, None) == {"done": True}
    assert _heard(daemon) == []
