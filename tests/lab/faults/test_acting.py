"""Faults that find nothing to act on: each says so, and what it saw."""

import random
from types import SimpleNamespace
from typing import Any

import pytest

from lab.faults import region, replication
from lab.faults.catalogue import FAULTS
from lab.faults.fault import Scene

NOBODY: Any = None


def scene(**clouds: object) -> Scene:
    """Return a scene with nothing but these parts of the clouds."""
    parts: Any = SimpleNamespace(**clouds)
    return Scene(parts, NOBODY, random.Random(1))  # noqa: S311 - a test's dice


@pytest.mark.parametrize("fault", ["database-freeze", "database-crash"])
def test_a_database_that_does_not_run_cannot_be_hurt(fault: str) -> None:
    """Without processes there is nothing to freeze or to kill."""
    stopped = SimpleNamespace(processes=list)
    here = scene(aws_database=stopped, azure_database=stopped)
    assert FAULTS[fault].begin(here, "azure") == "azure's database does not run"


@pytest.mark.parametrize("fault", ["lag", "replay-paused", "replication-broken"])
@pytest.mark.parametrize("standby", ["azure", None])
def test_replication_that_is_not_on_cannot_be_broken(
    fault: str, standby: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the primary lost nothing reaches a standby: neither held nor broken."""
    monkeypatch.setattr(replication, "standby", lambda _clouds: standby)
    monkeypatch.setattr(replication, "primaries", lambda _clouds: [])
    monkeypatch.setattr(replication, "streams", lambda *_: False)
    argument = "slot" if fault == "replication-broken" else ""
    assert FAULTS[fault].begin(scene(), argument) == "no standby streams"


def test_aws_cannot_return_that_is_not_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where its entry and its node are there, nothing comes back."""
    begun: list[object] = []
    monkeypatch.setattr(region, "_region_back", begun.append)
    running = SimpleNamespace(child=SimpleNamespace(running=True))
    here = scene(aws_entry=running, aws_cluster=SimpleNamespace(has_node=True))
    assert FAULTS["aws-returns"].begin(here, "") == "AWS is not away"
    assert begun == []


def test_places_without_a_way_cannot_be_parted() -> None:
    """Users never talk to the orchestrator."""
    why = FAULTS["partition"].begin(scene(), "clients-orchestrator")
    assert why == "there is no way between clients and orchestrator"


class Aws:
    """An AWS that notes which functions are to crash, and runs some of them."""

    def __init__(self) -> None:
        self.armed: list[str] = []
        self.ran: set[str] = set()

    def crash_next(self, function: str, **_: object) -> None:
        """Note the function."""
        self.armed.append(function)

    def spare(self, function: str, mishap: str) -> bool:
        """Return whether the function ran."""
        assert mishap == "crash"
        return function in self.ran


def test_a_step_that_no_run_came_to_never_crashed() -> None:
    """An arming that was not spent is found out at its end; one that was is not."""
    aws, crash = Aws(), FAULTS["step-crash"]
    here = scene(aws=aws, configuration=SimpleNamespace(workload="orders"))
    crash.begin(here, "hold_writes")
    assert crash.end(here, "hold_writes") == "no run came to hold_writes meanwhile"
    aws.ran.add(aws.armed[0])
    assert crash.end(here, "hold_writes") is None


def test_any_step_is_one_of_the_way_that_the_drill_is_on() -> None:
    """On the way home it is one that a failback has, whatever was drawn before."""
    for seed in range(30):
        aws = Aws()
        here = scene(aws=aws, configuration=SimpleNamespace(workload="orders"))
        here.random.seed(seed)
        for leg in ("out", "home"):
            here.leg = leg
            FAULTS["step-crash"].begin(here, "any")
        out, home = (one.removeprefix("landbridge-orders-") for one in aws.armed)
        legs = FAULTS["step-crash"].legs
        assert "out" in legs(out.replace("-", "_"))
        assert "home" in legs(home.replace("-", "_"))
