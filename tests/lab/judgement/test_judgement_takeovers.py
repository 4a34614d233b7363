"""Rule 5: a call that AWS answered is found, and a takeover whose record is not in both clouds."""

from dataclasses import replace
from typing import Any

import pytest

from lab.judgement.evidence import CONTROL_PLANE_DOWN, CallsSeen, Evidence, FaultSeen
from lab.judgement.finding import Finding, Rule, grave
from lab.judgement.judge import judge
from tests.lab.judgement.simulated import Plan, changed_run, simulate

REFUSED = CallsSeen("lambda Invoke landbridge-orders-start-failover", "AWS", 7, answered=False)
ANSWERED = CallsSeen("dynamodb PutItem", "takeover", 2, answered=True)


def found_in(evidence: Evidence) -> list[Finding]:
    """Return what the rule finds."""
    return [one for one in judge(evidence) if one.rule is Rule.TAKEOVER]


def taken_over(**changes: Any) -> Evidence:
    """Return a drill whose way out was a takeover, with AWS's APIs dead from its first fault on.

    ``changes`` are the evidence's, but ``run``: the takeover's, and ``away``: the fault's.
    """
    run, away = changes.pop("run", {}), changes.pop("away", {})
    kept = {"azure": True, "aws": True}
    drill = changed_run(simulate(Plan()), "failover", executor="azure", kept=kept)
    lost = drill.faults[0]
    dead = FaultSeen(CONTROL_PLANE_DOWN, "companion", lost.began_at, lost.ended_at)
    faults = (*drill.faults, replace(dead, **away))
    return replace(changed_run(drill, "failover", **run), faults=faults, **changes)


def test_a_takeover_that_needed_nothing_of_aws_is_well() -> None:
    """Calls that were refused can have helped nobody: they are no finding."""
    assert found_in(taken_over(calls=(REFUSED,))) == []
    assert grave(judge(taken_over(calls=(REFUSED,)))) == ()


def test_a_call_that_aws_answered_is_found() -> None:
    """By what was asked, by whom and how often."""
    (found,) = found_in(taken_over(calls=(REFUSED, ANSWERED)))

    assert found.grave
    assert "dynamodb PutItem by takeover: 2" in found.sentence


def test_calls_that_nobody_counted_are_not_judged() -> None:
    """An AWS that cannot be asked for its own record proves nothing."""
    (found,) = found_in(taken_over(calls=None))

    assert (found.grave, found.sentence.startswith("not judged")) == (True, True)


@pytest.mark.parametrize("cloud", ["azure", "aws"])
@pytest.mark.parametrize("kept", [False, None])
def test_a_record_that_is_not_in_both_clouds_is_found(*, cloud: str, kept: bool | None) -> None:
    """One that is not there, and one that nobody could look for."""
    others = {"azure": True, "aws": True, cloud: kept}
    (found,) = found_in(taken_over(run={"kept": others}))

    assert found.grave
    assert cloud in found.sentence
    assert found.sentence.startswith("not judged") is (kept is None)


def test_an_aws_that_is_still_dead_has_no_record_yet() -> None:
    """It can be brought there only when AWS answers."""
    kept = {"azure": True, "aws": False}
    assert found_in(taken_over(run={"kept": kept}, away={"ended_at": None})) == []


def test_a_takeover_that_found_nothing_to_do_leaves_no_record() -> None:
    """It touched nothing, and says so to whoever started it."""
    run = {"kept": {}, "outcome": None, "acted": False}
    assert found_in(taken_over(run=run)) == []


@pytest.mark.parametrize(
    "away",
    [
        {"name": "lag"},
        {"began_at": 10_000.0},
        {"ended_at": 1_000.0},
    ],
)
def test_a_takeover_beside_a_living_aws_is_told(away: dict[str, Any]) -> None:
    """What it would have done without, nobody saw: it breaks no rule, and proves none."""
    (found,) = found_in(taken_over(away=away))

    assert (found.grave, "took over" in found.sentence) == (False, True)


def test_a_drill_without_takeovers_has_nothing_to_judge() -> None:
    """AWS's own runs need its APIs, and keep their records there."""
    assert found_in(replace(simulate(Plan()), calls=None)) == []
