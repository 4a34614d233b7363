"""What a judge and a report see of a takeover: its own journal, as AKS keeps it."""

from typing import Any

import pytest

from lab.drill.run_evidence import fence_of, gate_of, votes_of
from lab.drill.takeovers import execution_of
from lab.report.model import FenceLayer, GateChange, Vote

BALLOT = {"witness": "checkers", "vote": "down", "reason": "they see AWS down"}
LAYER = {"layer": "pods", "result": "unreachable", "detail": "EKS is not asked"}
DATABASE = {"layer": "database", "result": "unreachable", "detail": "EKS is not asked"}
GATE = {"state": "open", "epoch": 2, "holder": "takeover-1", "active_site": "azure"}
NAMES = (
    "observe_sites",
    "confirm_outage",
    "engage_gate",
    "fence_primary",
    "open_gate",
    "stop_primary",
)
STATE = {
    "request": {"trigger": "timer"},
    "verdict": {"confirmed": True, "ballots": [BALLOT]},
    "gate": GATE,
    "moved": {"fence": {"evidence": [LAYER], "final_lsn": None}},
    "stopped": {"evidence": [DATABASE]},
}


def step(name: str, started_at: float, result: str = "done") -> dict[str, Any]:
    """Return a step of the journal, which keeps no answers."""
    return {
        "name": name,
        "title": name,
        "started_at": started_at,
        "ended_at": started_at + 0.5,
        "result": result,
        "attempts": 1,
        "output": "",
        "cause": "",
    }


def parts(ended: str = "succeeded", **frame: Any) -> dict[str, Any]:
    """Return a takeover's record; ``frame`` is where its machine stands."""
    steps = [step(name, 101.0 + number) for number, name in enumerate(NAMES)]
    where = {"state": "Recovered", "ended": ended, "data": STATE, "error": "", "cause": ""}
    journal = {"frame": {**where, **frame}, "steps": steps, "context": {}, "started": 1}
    return {"journal": journal, "lease": {"at": 100.5, "reason": "nobody holds the run lock"}}


def test_a_report_has_of_a_takeover_what_it_has_of_a_failover() -> None:
    """Votes, fence and gate, from the machine's state; the journal's steps have none of them."""
    run = execution_of("takeover-1", parts())
    steps = {one.name: one for one in run.steps}

    assert votes_of(steps) == (Vote(**BALLOT),)
    assert fence_of(steps) == (FenceLayer(**LAYER), FenceLayer(**DATABASE))
    assert gate_of(steps, 90.0)[1:] == (
        GateChange(103.5, "engaged", 2, "takeover-1"),
        GateChange(105.5, "open", 2, "takeover-1"),
    )


def test_it_lasted_from_its_look_at_the_lock_to_its_last_step() -> None:
    """Its clocks are its own, and Step Functions' words tell how it stands."""
    run = execution_of("takeover-1", parts())

    assert (run.status, run.started_at, run.ended_at) == ("SUCCEEDED", 100.5, 106.5)
    assert run.state["request"]["trigger"] == "timer"


@pytest.mark.parametrize(("ended", "status"), [("", "RUNNING"), ("failed", "FAILED")])
def test_how_it_stands_is_its_machines_word(ended: str, status: str) -> None:
    """A machine that is on has no end; one that failed says why."""
    run = execution_of("takeover-1", parts(ended, error="LockHeldError", cause="run 7"))

    assert (run.status, run.error) == (status, "LockHeldError")
    assert (run.ended_at is None) is (status == "RUNNING")


def test_a_step_that_failed_answered_nothing() -> None:
    """What the state has under its name is an earlier attempt's, or another's."""
    kept = parts()
    kept["journal"]["steps"][1]["result"] = "OutageNotConfirmedError"

    steps = {one.name: one for one in execution_of("takeover-1", kept).steps}
    assert votes_of(steps) == ()


def test_one_that_waits_for_a_lock_has_begun() -> None:
    """There is no journal yet, and the reason for waiting says when it looked."""
    run = execution_of("takeover-1", {"lease": {"at": 7.0, "reason": "run 9 holds the lock"}})

    assert (run.status, run.started_at, run.steps) == ("RUNNING", 7.0, ())
