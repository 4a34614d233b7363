"""Azure's own timer: whether what it sees of AWS starts a takeover, or wakes a person.

It looks every few seconds from two vantages that share nothing: the Function App's probe, and what
Route 53's health checkers see, as the zone says it. One of them alone is never enough, and one that
does not know counts for nothing: an Azure that is cut off, or whose cluster does not answer, sees
no outage of AWS. An outage is as long as Azure's own looks that saw it, one after the other; the
checkers must see it when something is done. They need several looks of their own before they do:
to count from then on would wait for the same thing twice.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from landbridge.domain.foreign import printable
from landbridge.domain.gate import Gate, GateState
from landbridge.domain.lock import RunLock
from landbridge.domain.votes import Ballot, Vote

__all__ = [
    "TICK_SECONDS",
    "Automatic",
    "TimerAct",
    "TimerDecision",
    "TimerWatch",
    "decide_timer",
    "read_timer_watch",
    "timer_event",
]

TICK_SECONDS = 10
# A look may come a little early by the clock of the one before it: it is the one that is due.
_EARLY_SECONDS = 1.0
# Fewer looks than that in a row are a hole: what was seen before it proves nothing of now.
_MISSED_TICKS = 3
_REASON_CHARACTERS = 1_000


class Automatic(StrEnum):
    """What the timer may do by itself."""

    OFF = "off"
    CONFIRM = "confirm"
    ON = "on"


class TimerAct(StrEnum):
    """What to do now."""

    NOTHING = "nothing"
    TELL = "tell"
    START = "start"


@dataclass(frozen=True)
class TimerWatch:
    """What is kept between two looks; epoch seconds, 0 for none. ``told``: a person was woken."""

    down_since: float = 0.0
    looked_at: float = 0.0
    told: bool = False

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it; ``read_timer_watch`` reads it."""
        return asdict(self)


@dataclass(frozen=True)
class TimerDecision:
    """``watch`` is what to keep, once the act was done."""

    act: TimerAct
    reason: str
    watch: TimerWatch


def read_timer_watch(document: object) -> TimerWatch:
    """Return what was kept; what cannot be read is as good as never having looked."""
    if not isinstance(document, Mapping):
        return TimerWatch()
    since, looked, told = (document.get(name) for name in ("down_since", "looked_at", "told"))
    if type(since) is not float or type(looked) is not float or type(told) is not bool:
        return TimerWatch()
    return TimerWatch(since, looked, told)


def decide_timer(
    kept: TimerWatch,
    ballots: tuple[Ballot, Ballot],
    gate: Gate,
    lock: RunLock | None,
    *,
    automatic: Automatic,
    timer_seconds: float,
    now: float,
) -> TimerDecision:
    """Decide by Azure's ballot and the checkers', the gate and the lock, all of this very look.

    ``ballots`` are Azure's own and the checkers', in that order.
    """
    seen = replace(_without_holes(kept, now), looked_at=now)
    rest = replace(seen, down_since=0.0, told=False)
    heard = "; ".join(f"{one.witness} says {one.vote.value} ({one.reason})" for one in ballots)
    if automatic is Automatic.OFF:
        return TimerDecision(TimerAct.NOTHING, "the timer is off", rest)
    if gate.state is not GateState.CLOSED or gate.active_site != "aws":
        said = f"the gate is {gate.state.value}, {gate.active_site} is active"
        return TimerDecision(TimerAct.NOTHING, said, rest)
    own, checkers = ballots
    if own.witness == checkers.witness or own.vote is not Vote.DOWN:
        return TimerDecision(TimerAct.NOTHING, f"not both see AWS down: {heard}", rest)
    down = replace(seen, down_since=seen.down_since or now)
    if checkers.vote is not Vote.DOWN:
        return TimerDecision(TimerAct.NOTHING, f"not both see AWS down: {heard}", down)
    seconds = now - down.down_since
    if seconds < timer_seconds - _EARLY_SECONDS:
        said = f"AWS is down for {seconds:.0f} s, not yet for {timer_seconds:.0f} s: {heard}"
        return TimerDecision(TimerAct.NOTHING, said, down)
    if lock is not None and lock.holder and not lock.expired(now):
        return TimerDecision(TimerAct.NOTHING, f"run {lock.holder} is on", down)
    said = f"AWS is down for {seconds:.0f} s: {heard}"
    if automatic is Automatic.ON:
        return TimerDecision(TimerAct.START, said, down)
    if down.told:
        return TimerDecision(TimerAct.NOTHING, f"a person was told and decides: {said}", down)
    return TimerDecision(TimerAct.TELL, said, replace(down, told=True))


def timer_event(decision: TimerDecision) -> dict[str, Any]:
    """Return the takeover's request: one for each outage, however often it is made."""
    since = decision.watch.down_since
    return {
        "trigger": "timer",
        "reason": printable(decision.reason)[:_REASON_CHARACTERS],
        "incident": f"timer-{since:.3f}",
        "occurred_at": since,
    }


def _without_holes(kept: TimerWatch, now: float) -> TimerWatch:
    age = now - kept.looked_at
    return kept if 0 <= age <= _MISSED_TICKS * TICK_SECONDS else TimerWatch()
