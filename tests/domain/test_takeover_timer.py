"""What Azure's timer makes of what it sees: nothing, a message, or a takeover."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.domain.gate import Gate, GateState, initial_gate
from landbridge.domain.lock import RunLock
from landbridge.domain.takeover_job import parse_takeover
from landbridge.domain.takeover_timer import (
    TICK_SECONDS,
    Automatic,
    TimerAct,
    TimerDecision,
    TimerWatch,
    decide_timer,
    read_timer_watch,
    timer_event,
)
from landbridge.domain.votes import Ballot, Vote

NOW = 1_000_000.0
CLOSED = initial_gate("")
votes = st.sampled_from(list(Vote))


def ballots(azure: Vote, checkers: Vote) -> tuple[Ballot, Ballot]:
    """Return what both vantages say."""
    return Ballot("azure", azure, "a probe"), Ballot("checkers", checkers, "the zone")


DOWN = ballots(Vote.DOWN, Vote.DOWN)
LONG = TimerWatch(NOW - 60, NOW - TICK_SECONDS)


def decide(
    kept: TimerWatch = LONG,
    said: tuple[Ballot, Ballot] = DOWN,
    gate: Gate = CLOSED,
    lock: RunLock | None = None,
    automatic: Automatic = Automatic.ON,
) -> TimerDecision:
    """Decide as the timer does, with thirty seconds to wait."""
    return decide_timer(kept, said, gate, lock, automatic=automatic, timer_seconds=30, now=NOW)


def test_both_see_aws_down_for_long_enough() -> None:
    """Then a takeover is started, with what each of them saw."""
    decided = decide()
    assert decided.act is TimerAct.START
    assert "AWS is down for 60 s" in decided.reason
    assert "azure says down" in decided.reason
    assert "checkers says down" in decided.reason


@given(azure=votes, checkers=votes)
def test_one_vantage_alone_starts_nothing(azure: Vote, checkers: Vote) -> None:
    """Both must say down; an Azure that does not know ends what was seen before."""
    decided = decide(said=ballots(azure, checkers))
    if (azure, checkers) != (Vote.DOWN, Vote.DOWN):
        assert decided.act is TimerAct.NOTHING
    if azure is not Vote.DOWN:
        assert decided.watch.down_since == 0.0


def test_a_witness_heard_twice_is_one_vantage() -> None:
    """Two ballots of one name are no two witnesses."""
    one = Ballot("azure", Vote.DOWN, "a probe")
    assert decide(said=(one, one)).act is TimerAct.NOTHING


def test_an_outage_begins_with_azures_first_look_that_saw_it() -> None:
    """Shorter than configured, nothing happens yet; the checkers have to see it in the end."""
    first = decide(TimerWatch(), ballots(Vote.DOWN, Vote.UP))
    assert (first.act, first.watch.down_since) == (TimerAct.NOTHING, NOW)
    alone = decide(said=ballots(Vote.DOWN, Vote.UNKNOWN))
    assert (alone.act, alone.watch.down_since) == (TimerAct.NOTHING, LONG.down_since)
    assert decide(replace(alone.watch, looked_at=NOW - TICK_SECONDS)).act is TimerAct.START
    short = decide(TimerWatch(NOW - 28, NOW - TICK_SECONDS))
    assert (short.act, short.watch.down_since) == (TimerAct.NOTHING, NOW - 28)
    assert decide(TimerWatch(NOW - 29.9, NOW - TICK_SECONDS)).act is TimerAct.START


def test_a_hole_between_looks_begins_anew() -> None:
    """A Function App that was away itself has not seen an outage last."""
    decided = decide(TimerWatch(NOW - 600, NOW - 31))
    assert (decided.act, decided.watch.down_since) == (TimerAct.NOTHING, NOW)
    ahead = decide(TimerWatch(NOW - 600, NOW + 5))
    assert (ahead.act, ahead.watch.down_since) == (TimerAct.NOTHING, NOW)


def test_off_does_nothing_whatever_is_seen() -> None:
    """And remembers nothing, for the day on which it is turned on."""
    decided = decide(automatic=Automatic.OFF)
    assert (decided.act, decided.watch.down_since) == (TimerAct.NOTHING, 0.0)


def test_a_person_is_told_once_for_each_outage() -> None:
    """And decides; after AWS was back it is another outage."""
    told = decide(automatic=Automatic.CONFIRM)
    assert told.act is TimerAct.TELL
    again = decide(replace(told.watch, looked_at=NOW - TICK_SECONDS), automatic=Automatic.CONFIRM)
    assert again.act is TimerAct.NOTHING
    back = decide(again.watch, ballots(Vote.UP, Vote.DOWN), automatic=Automatic.CONFIRM)
    assert back.watch == TimerWatch(0.0, NOW)


@pytest.mark.parametrize(
    "gate",
    [
        Gate(GateState.ENGAGED, "aws", 2, "failover-1", ""),
        Gate(GateState.OPEN, "azure", 2, "failover-1", ""),
        Gate(GateState.CLOSED, "azure", 2, "failover-1", ""),
    ],
)
def test_a_world_that_is_moving_or_moved_is_left_alone(gate: Gate) -> None:
    """Somebody acts already, or there is nothing to take over."""
    assert decide(gate=gate).act is TimerAct.NOTHING


def test_a_run_that_is_on_is_left_alone() -> None:
    """A dead one's lease runs out; the outage is as long as it was."""
    held = decide(lock=RunLock("failover-1", 2, 180, NOW - 60))
    assert (held.act, held.watch.down_since) == (TimerAct.NOTHING, LONG.down_since)
    assert decide(lock=RunLock("failover-1", 2, 180, NOW - 180)).act is TimerAct.START
    assert decide(lock=RunLock("", 2, 180, NOW)).act is TimerAct.START


def test_one_outage_is_one_run() -> None:
    """However often it is asked for; the request is one that the pod takes."""
    first = decide()
    later = replace(first, reason="AWS is down for 70 s")
    runs = {parse_takeover(timer_event(one), NOW).run for one in (first, later)}
    assert len(runs) == 1
    assert runs.pop().startswith("takeover-timer-")
    strange = replace(first, reason="a\x1b[31mred" + "x" * 5_000)
    assert parse_takeover(timer_event(strange), NOW).request.trigger == "timer"


@pytest.mark.parametrize("document", [None, [], {}, {"down_since": 1.0, "looked_at": 2.0}, "x"])
def test_what_cannot_be_read_was_never_seen(document: object) -> None:
    """A new outage then begins at its first look."""
    assert read_timer_watch(document) == TimerWatch()


def test_what_is_kept_comes_back() -> None:
    """As it was."""
    watch = TimerWatch(5.0, 6.0, told=True)
    assert read_timer_watch(json.loads(json.dumps(watch.document()))) == watch
