"""Every step of every machine is traced under its run's id."""

import contextlib
import json
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from landbridge.adapters import tracing
from landbridge.domain.plan import FAILBACK_STATES, FAILOVER, GAMEDAY_STATES, WAVES_STATES
from landbridge.domain.settings import VARIABLE
from tests.functions.world import CONTEXT, handler

MACHINES = Path(__file__).resolve().parents[2] / "statemachines"
STATES = (*FAILOVER, *FAILBACK_STATES, *GAMEDAY_STATES, *WAVES_STATES)
STEPS = sorted({step.name for step in STATES})
TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


def _tasks(machine: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in machine["States"].items():
        if state["Type"] == "Task":
            yield name, state["Parameters"]
        for branch in (*state.get("Branches", ()), *filter(None, [state.get("ItemProcessor")])):
            yield from _tasks(branch)


@pytest.mark.parametrize("flow", ["failover", "failback", "gameday", "waves"])
def test_every_state_says_which_run_it_works_for(flow: str) -> None:
    """By the event's field ``run``, which the annotation is made of."""
    machine = json.loads((MACHINES / f"{flow}.asl.json").read_text())
    without = [
        name
        for name, parameters in _tasks(machine)
        if "run.$" not in parameters.get("Payload", parameters)
    ]

    assert without == []


@pytest.mark.parametrize("step", STEPS)
def test_every_step_is_traced_under_it(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever becomes of its work: here it has no settings, and fails."""
    monkeypatch.delenv(VARIABLE, raising=False)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.setblocking(False)
        monkeypatch.setenv(tracing.DAEMON_VARIABLE, f"127.0.0.1:{daemon.getsockname()[1]}")
        monkeypatch.setenv(tracing.TRACE_VARIABLE, TRACE)
        with contextlib.suppress(Exception):
            handler(step).lambda_handler({"run": "gameday-1"}, CONTEXT)
        # On loopback a packet is there when it was sent.
        heard = daemon.recv(65_536).partition(b"\n")[2]

    assert json.loads(heard)["annotations"] == {"run": "gameday-1"}
