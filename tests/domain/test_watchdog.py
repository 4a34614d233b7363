"""What the watchdog makes of its probes: no alarm came, and AWS is down."""

from typing import Any

import pytest

from landbridge.domain.starting import decide_start, parse_start_event
from landbridge.domain.votes import Ballot, Vote
from landbridge.domain.watchdog import (
    Watch,
    decide_watch,
    read_watch,
    run_of_outage,
    watch_event,
)

NOW = 10_000.0
DOWN, UP, UNKNOWN = (
    Ballot("orchestrator", Vote.DOWN, "refused"),
    Ballot("orchestrator", Vote.UP, "answered 200"),
    Ballot("orchestrator", Vote.UNKNOWN, "timeout"),
)
LONG_DOWN = Watch(NOW - 200.0, NOW - 60.0)
STILL_DOWN = Watch(NOW - 200.0, NOW)
ASKED = Watch(NOW - 200.0, NOW, asks=1)


def decide(kept: Watch, *ballots: Ballot, **changes: Any) -> tuple[bool, Watch]:
    """Return whether the starter is asked, and what is kept; Azure sees what we see."""
    second = ballots[-1] if ballots else UNKNOWN
    seen = {"vetoed": False, "after_seconds": 120.0, "second": second, **changes}
    decision = decide_watch(kept, ballots, began_at=NOW - 20.0, now=NOW, **seen)
    return decision.start, decision.watch


def test_an_outage_without_an_alarm_asks_for_one_run() -> None:
    """Not in its first minute, then once, and not again while it lasts."""
    began = decide(Watch(), DOWN, DOWN)
    assert began == (False, Watch(NOW - 20.0, NOW))
    asked = decide(LONG_DOWN, DOWN, DOWN)
    assert asked == (True, ASKED)
    assert decide(asked[1], DOWN, DOWN) == (False, asked[1])


def test_a_starter_that_could_not_is_asked_again_but_not_for_ever() -> None:
    """Each five minutes while nothing took over, thrice in all, each an incident of its own."""
    incidents, asked_at = [], []
    kept = Watch()
    for minute in range(60):
        now = NOW + minute * 60.0
        decision = decide_watch(
            kept,
            [DOWN],
            began_at=now - 20.0,
            now=now,
            after_seconds=120.0,
            vetoed=False,
            second=DOWN,
        )
        kept = decision.watch
        if decision.start:
            event = watch_event(decision, now)
            incidents.append(event["incident"])
            asked_at.append(minute)
            start = decide_start(
                parse_start_event(event, now), alarm_name="a", max_age_seconds=300, now=now
            )
            assert start.start, start.reason
            assert event["occurred_at"] == NOW - 20.0  # when users lost AWS
    assert asked_at == [2, 7, 12]
    assert len(set(incidents)) == len(incidents)


def test_what_cuts_our_own_way_alone_starts_nothing() -> None:
    """Azure's probe is the second look: it sees AWS, so there is no outage, and no clock runs."""
    assert decide(LONG_DOWN, DOWN, second=UP) == (False, Watch())
    assert decide(LONG_DOWN, UNKNOWN, second=UP) == (False, Watch())


@pytest.mark.parametrize("second", [UNKNOWN, None])
def test_a_second_look_that_does_not_know_confirms_nothing(second: Ballot | None) -> None:
    """A run would be refused for the same votes; the outage's clock goes on."""
    assert decide(LONG_DOWN, DOWN, second=second) == (False, STILL_DOWN)


def test_an_outage_long_ago_is_another_one() -> None:
    """After minutes that knew nothing the clock begins anew: what was between is not known."""
    long_ago = Watch(NOW - 9_000.0, NOW - 8_000.0, asks=3)
    assert decide(long_ago, DOWN) == (False, Watch(NOW - 20.0, NOW))


def test_aws_that_nobody_sees_serve_is_missed() -> None:
    """Down and unknown alike; not while the gate keeps it out, nor where Azure sees it."""

    def missed(ballot: Ballot, second: Ballot, *, vetoed: bool | None = False) -> bool:
        return decide_watch(
            Watch(),
            [ballot],
            began_at=NOW,
            now=NOW,
            after_seconds=120.0,
            vetoed=vetoed,
            second=second,
        ).missed

    assert [missed(DOWN, DOWN), missed(UNKNOWN, UNKNOWN), missed(DOWN, UNKNOWN)] == [True] * 3
    assert not any((missed(UP, DOWN), missed(DOWN, UP), missed(DOWN, DOWN, vetoed=True)))


@pytest.mark.parametrize("kept", [LONG_DOWN, ASKED])
def test_aws_that_is_up_ends_the_outage(kept: Watch) -> None:
    """The next one is another incident."""
    assert decide(kept, DOWN, UP) == (False, Watch())


@pytest.mark.parametrize("ballots", [(DOWN, UNKNOWN), (UNKNOWN, UNKNOWN), ()])
def test_unknown_is_not_down(ballots: tuple[Ballot, ...]) -> None:
    """One probe that knows nothing keeps the watchdog quiet, and ends no outage."""
    assert decide(LONG_DOWN, *ballots) == (False, LONG_DOWN)
    assert decide(Watch(), *ballots) == (False, Watch())


def test_an_aws_that_is_kept_out_is_not_missed() -> None:
    """After a failover AWS may be down for days; a gate that nobody can read says nothing."""
    assert decide(LONG_DOWN, DOWN, vetoed=True) == (False, LONG_DOWN)
    assert decide(LONG_DOWN, DOWN, vetoed=None)[0]


def test_an_outage_that_had_its_run_gets_no_other() -> None:
    """The alarm came, whatever came of its run: going on is a person's decision."""
    assert decide(LONG_DOWN, DOWN, running="failover-alarm-1") == (False, STILL_DOWN)


def test_zero_seconds_turn_it_off() -> None:
    """Then it looks and asks for nothing."""
    assert decide(LONG_DOWN, DOWN, after_seconds=0.0) == (False, STILL_DOWN)


@pytest.mark.parametrize(
    ("record", "found"),
    [
        ({"run": "failover-1", "flow": "failover", "started_at": 900.0}, "failover-1"),
        ({"run": "failover-1", "flow": "failover", "started_at": 600.0}, ""),
        ({"run": "failback-1", "flow": "failback", "started_at": 1_000.0}, ""),
        (
            {
                "run": "failover-1",
                "flow": "failover",
                "started_at": 1_000.0,
                "outcome_reason": "OutageNotConfirmedError: azure says unknown",
            },
            "",
        ),
    ],
)
def test_the_alarms_run_may_have_begun_a_little_earlier(record: dict[str, Any], found: str) -> None:
    """By five minutes; one before that was of another outage, one whose votes said no of none."""
    assert run_of_outage([record], since=1_000.0) == found


def test_the_starter_takes_what_the_watchdog_asks_for() -> None:
    """Its event is understood, is young enough, and copies of it are one run."""
    decision = decide_watch(
        LONG_DOWN,
        [DOWN],
        began_at=NOW,
        now=NOW,
        after_seconds=120.0,
        vetoed=False,
        second=Ballot("azure", Vote.DOWN, "reset"),
    )
    event = watch_event(decision, NOW)
    starts = [
        decide_start(
            parse_start_event(event, now),
            alarm_name="a",
            max_age_seconds=300,
            now=now,
        )
        for now in (NOW, NOW + 5)
    ]
    assert [one.start for one in starts] == [True, True]
    assert len({one.name for one in starts}) == 1
    said = "AWS is down for 200 s and no run is on: 1 probes say down (refused), and so does Azure"
    assert said in event["reason"]


@pytest.mark.parametrize(
    "document", [None, {}, {"down_since": None}, {"down_since": 1.0, "asked": True}]
)
def test_what_was_not_kept_is_a_first_look(document: dict[str, Any] | None) -> None:
    """A table that is new, or that has something else, begins with AWS not seen down."""
    assert read_watch(document) == Watch()
