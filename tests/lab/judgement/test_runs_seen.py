"""What a judge sees of an execution: the run's own record first, or what the execution came to."""

from typing import Any

import pytest

from lab.drill.runs_seen import run_seen
from lab.judgement.evidence import FaultSeen
from landbridge.adapters.operations import Execution
from landbridge.domain.history import StepRecord

STATE = {"request": {"trigger": "manual"}, "ending": {"mark": "undone"}}
ENDING = {"outcome": "refused", "reason": "LockHeldError: run 7", "message": "landbridge failover"}


def execution(**changes: Any) -> Execution:
    """Return a failover that was refused after it had engaged the gate."""
    told = {
        "name": "failover-manual-1",
        "arn": "arn",
        "status": "FAILED",
        "started_at": 10.0,
        "ended_at": 20.0,
        "steps": (StepRecord("engage_gate", "Engage Gate", 11.0),),
        "state": STATE,
        "error": "LockHeldError",
        "cause": "run 7 holds it",
    }
    return Execution(**{**told, **changes})


def test_the_runs_own_record_is_what_it_says() -> None:
    """Outcome, reason, message and point are the table's; times and steps the execution's."""
    seen = run_seen(execution(), {"state": STATE, "ending": ENDING}, (), 60.0)

    assert (seen.outcome, seen.reason, seen.message) == tuple(ENDING.values())
    assert (seen.flow, seen.trigger, seen.point, seen.acted) == (
        "failover",
        "manual",
        "undone",
        True,
    )
    assert (seen.started_at, seen.ended_at, seen.budget_seconds) == (10.0, 20.0, 60.0)


@pytest.mark.parametrize("planned", [True, False])
def test_a_switchover_is_told_from_a_persons_failover(*, planned: bool) -> None:
    """As the run was asked for: a plan needs no outage."""
    request = {"trigger": "manual", "planned": planned}

    assert run_seen(execution(state={"request": request}), None, (), 60.0).planned is planned


def test_without_a_record_the_execution_says_what_it_can() -> None:
    """A table that does not answer leaves the error and its cause, and no message."""
    seen = run_seen(execution(steps=()), None, (), 60.0)

    assert (seen.outcome, seen.message, seen.point) == (None, "", "undone")
    assert (seen.reason, seen.acted) == ("LockHeldError: run 7 holds it", False)


@pytest.mark.parametrize(
    ("undo", "point"),
    [
        ({}, "stopped"),
        ({"undo_error": {"Error": "AlreadyPromotedError", "Cause": ""}}, "stopped"),
        ({"undo_error": {"Error": "FunctionUnavailableError", "Cause": "503"}}, "half"),
    ],
)
def test_a_run_that_could_not_be_undone_stands_half_way(undo: dict[str, Any], point: str) -> None:
    """One that came too late to be undone does not: it is past the point of no return."""
    state = {"ending": {"mark": "stopped"}, **undo}

    assert run_seen(execution(), {"state": state, "ending": ENDING}, (), 60.0).point == point


@pytest.mark.parametrize(
    ("began", "ended", "status", "stopped_by"),
    [
        (5.0, None, "ABORTED", "state-machine-restart:any@+1s"),
        (5.0, 20.5, "ABORTED", "state-machine-restart:any@+1s"),
        (5.0, 19.0, "ABORTED", ""),
        (21.0, None, "ABORTED", ""),
        (5.0, None, "TIMED_OUT", ""),
    ],
)
def test_who_ended_a_run_from_outside_is_the_fault_that_was_on(
    began: float, ended: float | None, status: str, stopped_by: str
) -> None:
    """An execution that ended otherwise, or without such a fault, was ended by nobody else."""
    faults = (
        FaultSeen("region-loss", "outage", 1.0, None),
        FaultSeen("state-machine-restart:any@+1s", "companion", began, ended),
    )

    assert run_seen(execution(status=status), None, faults, 60.0).stopped_by == stopped_by
