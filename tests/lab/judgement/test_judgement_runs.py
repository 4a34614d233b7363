"""Rule 3: a run that is stuck, silent, nameless or at no safe point is found."""

from dataclasses import replace
from typing import Any

import pytest

from lab.judgement.evidence import Evidence
from lab.judgement.finding import Finding, Rule
from lab.judgement.judge import judge
from tests.lab.judgement.simulated import GOES_ON, Plan, changed_run, simulate

REFUSED: dict[str, Any] = {
    "status": "FAILED",
    "outcome": "refused",
    "reason": "OutageNotConfirmedError: one of three says down",
    "message": f"Start again with: {GOES_ON}",
    "point": "undone",
}
STOPPED = REFUSED | {"outcome": "failed", "point": "stopped"}
# A failover that never began: no database has its epoch.
QUIET = Plan(refused=True)


def found_in(evidence: Evidence) -> list[Finding]:
    """Return what the rule finds."""
    return [one for one in judge(evidence) if one.rule is Rule.RUNS]


def refused_run(**changes: Any) -> Evidence:
    """Return a drill whose first run, which no database knows, ended so."""
    evidence = simulate(QUIET)
    assert evidence.runs is not None
    first = replace(evidence.runs[0], **(REFUSED | changes))
    return replace(evidence, runs=(first, *evidence.runs[1:]))


def test_a_refusal_with_name_point_and_command_is_well() -> None:
    """So is a stop past the point of no return, by the same signs."""
    assert found_in(refused_run()) == []
    assert found_in(changed_run(simulate(Plan()), "failover", **STOPPED)) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"status": "RUNNING", "ended_at": None}, "has not ended"),
        ({"ended_at": 1e6}, "s, its budget is 600 s"),
        ({"outcome": None}, "ended FAILED and left no record"),
        ({"outcome": "recovered"}, "left the record of one that recovered"),
        ({"reason": ""}, "ended FAILED for no reason, which has no name"),
        ({"reason": "States.Timeout: "}, "ended FAILED for States.Timeout, which has no name"),
        ({"reason": "KeyError: 'epoch'"}, "ended FAILED for KeyError, which has no name"),
        ({"message": "it went wrong"}, "says no command to go on with"),
        ({"message": ""}, "says no command to go on with"),
        ({"point": None}, "nobody knows whether it was safe"),
        ({"status": "ABORTED", "outcome": None}, "ended ABORTED and left no record"),
        ({"status": "SUCCEEDED"}, "succeeded, and its record says that it refused"),
    ],
)
def test_a_run_that_ends_otherwise_is_found(changes: dict[str, Any], sentence: str) -> None:
    """Each thing that a refusal must say, left out or said wrongly."""
    found = found_in(refused_run(**changes))

    assert [one.grave for one in found if sentence in one.sentence] == [True]


def test_a_run_that_says_it_changed_nothing_and_moved_the_workload_is_found() -> None:
    """The serving database has the epoch of that very run."""
    found = found_in(changed_run(simulate(Plan()), "failover", **REFUSED))

    assert [one.grave for one in found] == [True]
    assert "says that it changed nothing, and had let a site take writes" in found[0].sentence


def test_a_run_that_stopped_half_way_is_for_a_person_to_look_at() -> None:
    """Nothing could be undone, and it says so with the command: no promise is broken."""
    why = "OutageNotConfirmedError: a; not undone: FunctionUnavailableError: 503"
    (found,) = found_in(refused_run(outcome="failed", point="half", reason=why))

    assert (found.grave, "FunctionUnavailableError: 503" in found.sentence) == (False, True)


def test_a_run_that_was_ended_from_outside_is_not_silent_by_its_own_fault() -> None:
    """Nobody can ask more of it; what it left behind is the world's rule."""
    changes = {"status": "ABORTED", "outcome": None, "reason": "", "message": "", "point": None}

    assert found_in(refused_run(**changes, stopped_by="state-machine-restart")) == []


@pytest.mark.parametrize(("acted", "warned"), [(True, 1), (False, 0)])
def test_a_recovery_without_a_record_is_looked_at(*, acted: bool, warned: int) -> None:
    """A run that found the workload moved already has none, and needs none."""
    changes = {"outcome": None, "message": "", "point": None, "acted": acted}
    found = found_in(changed_run(simulate(Plan()), "failover", **changes))

    assert [one.grave for one in found] == [False] * warned


def test_what_nobody_can_judge_is_found_too() -> None:
    """Neither machines that do not answer nor databases that do not are well-being."""
    evidence = simulate(QUIET)
    unlisted = found_in(replace(evidence, runs=None))
    unread = found_in(replace(evidence, epochs={"aws": None, "azure": None}))

    assert [one.sentence.startswith("not judged: ") and one.grave for one in unlisted] == [True]
    assert [one.sentence.startswith("not judged: ") and one.grave for one in unread] == [True]
