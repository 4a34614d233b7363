"""AWS is down and no alarm came: the alarm's own region may be the one that is down.

The watchdog asks for one run for each outage, as late as an alarm would have long been there. It is
no witness of its own: it looks from where the orchestrator's probe looks, and the run's votes count
the two once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from landbridge.domain.votes import Ballot, Vote

__all__ = [
    "Watch",
    "WatchDecision",
    "decide_watch",
    "read_watch",
    "run_of_outage",
    "watch_event",
]

# The alarm's run may have begun before the watchdog's first look at the same outage.
_EARLIER_SECONDS = 300.0


@dataclass(frozen=True)
class Watch:
    """What is kept from one minute to the next.

    ``down_since`` is when AWS was first seen down, in epoch seconds, None while it is not;
    ``asked``: the starter was asked for this outage already.
    """

    down_since: float | None = None
    asked: bool = False


@dataclass(frozen=True)
class WatchDecision:
    """``start``: ask the starter now; ``watch`` is what to keep, once it was asked.

    ``up``: what this minute's probes say of AWS, None where they do not know.
    """

    start: bool
    reason: str
    watch: Watch
    up: bool | None = False


def decide_watch(
    kept: Watch,
    ballots: Sequence[Ballot],
    *,
    began_at: float,
    now: float,
    after_seconds: float,
    vetoed: bool | None,
    running: str = "",
) -> WatchDecision:
    """Decide by this minute's probes, which began at ``began_at``; 0 s turns the watchdog off.

    ``vetoed``: the gate keeps AWS out, so nobody expects it to serve; None: not known, and then a
    run says so. ``running`` is the run since the outage began, if there was one.
    """
    if any(one.vote is Vote.UP for one in ballots):
        return WatchDecision(False, "AWS is up", Watch(), up=True)
    if not ballots or any(one.vote is not Vote.DOWN for one in ballots):
        # Unknown is not down: it begins no outage, and ends none.
        return WatchDecision(False, f"not known: {_heard(ballots)}", kept, up=None)
    if vetoed:
        return WatchDecision(False, "the gate keeps AWS out", kept)
    since = began_at if kept.down_since is None else kept.down_since
    waiting = Watch(since, kept.asked)
    if not after_seconds:
        return WatchDecision(False, "the watchdog is off", waiting)
    if kept.asked:
        return WatchDecision(False, "the starter was asked already", waiting)
    if running:
        return WatchDecision(False, f"this outage has its run: {running}", Watch(since, asked=True))
    if now - since < after_seconds:
        return WatchDecision(False, f"down for {now - since:.0f} s; an alarm may come", waiting)
    said = f"AWS is down for {now - since:.0f} s and no alarm came: {_heard(ballots)}"
    return WatchDecision(True, said, Watch(since, asked=True))


def run_of_outage(records: Sequence[Mapping[str, Any]], since: float) -> str:
    """Return the failover among the newest runs' records that was of an outage since then."""
    return next(
        (
            str(one["run"])
            for one in records
            if one["flow"] == "failover" and one["started_at"] >= since - _EARLIER_SECONDS
        ),
        "",
    )


def _heard(ballots: Sequence[Ballot]) -> str:
    counted = dict.fromkeys(f"{one.vote.value} ({one.reason})" for one in ballots)
    return f"{len(ballots)} probes say {', '.join(counted) or 'nothing'}"


def watch_event(decision: WatchDecision) -> dict[str, Any]:
    """Return the event for the starter; copies of it are one incident."""
    since = decision.watch.down_since
    return {
        "trigger": "watchdog",
        "reason": decision.reason,
        "incident": f"watchdog-{since:.3f}",
        "occurred_at": since,
    }


def read_watch(document: Mapping[str, Any] | None) -> Watch:
    """Return what was kept; nothing, or something else, is a first look."""
    since = (document or {}).get("down_since")
    if not isinstance(since, int | float):
        return Watch()
    return Watch(float(since), (document or {}).get("asked") is True)
