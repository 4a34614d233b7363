"""Rule 3's other half: an outage that the alarm told of, and that nothing came of, is found."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from lab.drill.alarms_seen import alarms_seen
from lab.judgement.evidence import AlarmSeen, Evidence, FaultSeen, HealthSeen
from lab.judgement.finding import Finding, Rule
from lab.judgement.judge import judge
from lab.users.ledger import History, Write
from tests.lab.judgement.simulated import BEGAN, Plan, simulate

Bend = Callable[[Evidence], Evidence]
LOST, ALARMED, BACK = BEGAN + 3.0, BEGAN + 5.0, BEGAN + 60.0
LOSS = FaultSeen("region-loss", "outage", LOST, BACK - 1.0)


def found_in(evidence: Evidence) -> list[Finding]:
    """Return what the rule finds."""
    return [one for one in judge(evidence) if one.rule is Rule.RUNS]


def silent() -> Evidence:
    """Return a drill in which AWS was lost for a minute, and its alarm led to nothing."""
    home = simulate(Plan(cycles=0))
    assert home.history is not None
    after = Write("last", BACK, BACK, BACK + 0.1, "aws", 1, 99)
    return replace(
        home,
        history=History((*home.history.writes, after)),
        present={site: (ids or frozenset()) | {"last"} for site, ids in home.present.items()},
        faults=(LOSS,),
        health=(HealthSeen(BEGAN, True), HealthSeen(LOST + 1.0, False), HealthSeen(BACK, True)),
        alarms=(AlarmSeen(ALARMED, True),),
    )


def test_an_outage_without_a_run_or_a_refusal_is_found() -> None:
    """The checkers saw it, the alarm's event was taken, and nobody did or said anything."""
    (found,) = judge(silent())

    assert (found.rule, found.grave) == (Rule.RUNS, True)
    assert "told of region-loss: no run, and no refusal" in found.sentence


def with_run(**changes: object) -> Bend:
    """Return what adds a failover that was refused before it did anything."""

    def bend(evidence: Evidence) -> Evidence:
        (first, *_) = simulate(Plan(refused=True)).runs or ()
        told = {"started_at": ALARMED + 1.0, "ended_at": ALARMED + 2.0, "acted": False}
        run = replace(first, **(told | changes))  # type: ignore[arg-type]
        return replace(evidence, runs=(run,))

    return bend


def lasting(seconds: float) -> Bend:
    """Return what lets the checkers see AWS again so long after the alarm."""

    def bend(evidence: Evidence) -> Evidence:
        health = HealthSeen(LOST + 1.0, False), HealthSeen(ALARMED + seconds, True)
        return replace(evidence, health=health)

    return bend


@pytest.mark.parametrize(
    "bend",
    [
        with_run(),
        lambda e: replace(e, refusals=(ALARMED + 1.0,)),
        lambda e: replace(e, refusals=(BEGAN - 3600.0,)),
        lambda e: replace(e, alarms=()),
        lambda e: replace(e, alarms=(AlarmSeen(ALARMED, False),)),
        lambda e: replace(e, health=(HealthSeen(BEGAN, True),)),
        lambda e: replace(e, faults=(replace(LOSS, effect="stalled"),)),
        lambda e: replace(e, faults=(replace(LOSS, effect="quiet"),)),
        lasting(9.0),
    ],
    ids=[
        "a run",
        "a refusal",
        "a refusal by a wrong clock",
        "no alarm",
        "an alarm that could start nothing",
        "checkers that saw nothing",
        "an AWS that waits for Azure",
        "an AWS that serves",
        "too short for a run",
    ],
)
def test_what_led_to_something_or_could_not_is_not_found(bend: Bend) -> None:
    """Only what could have been acted on, and was not, is silence."""
    assert found_in(bend(silent())) == []


@pytest.mark.parametrize(
    "bend",
    [with_run(trigger="manual"), with_run(started_at=BACK + 60.0, ended_at=BACK + 61.0)],
    ids=["an operator's", "long after"],
)
def test_a_run_that_the_alarm_did_not_lead_to_is_no_answer(bend: Bend) -> None:
    """Somebody came by hand, or AWS had been back for a long time."""
    assert len(found_in(bend(silent()))) == 1


@pytest.mark.parametrize("what", ["health", "alarms", "refusals"])
def test_silence_that_nobody_can_judge_is_found_too(what: str) -> None:
    """No run began, and whether one should have is not known."""
    (found,) = found_in(replace(silent(), **{what: None}))  # type: ignore[arg-type]

    assert found.grave
    assert found.sentence.startswith("not judged: no run began in region-loss")


JOURNAL = (
    {"event": "alarm", "time": 10.0, "alarm": "down", "state": "ALARM", "event_id": "1"},
    {"event": "alarm-event", "time": 10.1, "event_id": "1", "delivered": False, "error": "away"},
    {"event": "alarm-event", "time": 12.0, "event_id": "1", "delivered": True, "attempts": 3},
    {"event": "alarm", "time": 30.0, "alarm": "down", "state": "OK", "event_id": "2"},
    {"event": "alarm", "time": 31.0, "alarm": "another", "state": "ALARM", "event_id": "3"},
    {"event": "alarm", "time": 40.0, "alarm": "down", "state": "ALARM", "event_id": "4"},
)


@pytest.mark.parametrize(
    ("began", "ended", "startable"),
    [
        (0.0, 11.0, True),
        (0.0, 13.0, False),
        (15.0, 20.0, False),
        (15.0, None, False),
        (18.0, None, True),
    ],
)
def test_an_alarm_starts_nothing_while_aws_does_not_answer(
    began: float, ended: float | None, *, startable: bool
) -> None:
    """By the data plane's journal, and by the fault that keeps every event from the starter."""
    faults = (FaultSeen("aws-control-plane-down@+3s/20s", "companion", began, ended),)

    assert alarms_seen(JOURNAL, "down", faults, 5.0) == (
        AlarmSeen(10.0, startable),
        AlarmSeen(40.0, False),
    )
