"""AWS is down and no alarm came: the alarm's own region may be the one that is down.

The watchdog asks for one run for each outage, as late as an alarm would have long been there. It is
no witness of its own: it looks from where the orchestrator's probe looks, and the run's votes count
the two once. So what cuts its own way to AWS is no outage: Azure's probe has to say down as well,
before it asks for anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from landbridge.domain.votes import Ballot, Vote

__all__ = [
    "AGAIN_SECONDS",
    "MOST_ASKS",
    "Watch",
    "WatchDecision",
    "decide_watch",
    "read_watch",
    "run_of_outage",
    "watch_event",
]

# The alarm's run may have begun before the watchdog's first look at the same outage.
_EARLIER_SECONDS = 300.0
# What the starter refused, as beside a run that is just ending, it may take later. Often enough to
# get over that; a third refusal is no accident, and people have been told by then.
AGAIN_SECONDS, MOST_ASKS = 300.0, 3
# Looks come each minute. After so long without one that says down it is another outage.
_APART_SECONDS = 180.0
_UNCONFIRMED = "OutageNotConfirmedError"


@dataclass(frozen=True)
class Watch:
    """What is kept from one minute to the next; times in epoch seconds.

    ``down_since`` is when AWS was first seen down, None while it is not, ``down_at`` when last;
    ``asks``: how often the starter was asked for this outage.
    """

    down_since: float | None = None
    down_at: float = 0.0
    asks: int = 0


@dataclass(frozen=True)
class WatchDecision:
    """``start``: ask the starter now; ``watch`` is what to keep, once it was asked.

    ``up``: what this minute's probes say of AWS, None where they do not know. ``missed``: nobody
    saw AWS serve, and nothing says that it shall not.
    """

    start: bool
    reason: str
    watch: Watch
    up: bool | None = False
    missed: bool = True


def decide_watch(
    kept: Watch,
    ballots: Sequence[Ballot],
    *,
    began_at: float,
    now: float,
    after_seconds: float,
    vetoed: bool | None,
    second: Ballot | None = None,
    running: str = "",
) -> WatchDecision:
    """Decide by this minute's probes, which began at ``began_at``; 0 s turns the watchdog off.

    ``vetoed``: the gate keeps AWS out, so nobody expects it to serve; None: not known, and then a
    run says so. ``second`` is Azure's probe, None where nobody asked for it. ``running`` is the run
    that this outage had, if any.
    """
    if any(one.vote is Vote.UP for one in ballots):
        return WatchDecision(False, "AWS is up", Watch(), up=True, missed=False)
    down = bool(ballots) and all(one.vote is Vote.DOWN for one in ballots)
    if vetoed:
        up = False if down else None
        return WatchDecision(False, "the gate keeps AWS out", kept, up=up, missed=False)
    if second is not None and second.vote is Vote.UP:
        said = f"Azure sees AWS up ({second.reason}): only the way from here is cut"
        return WatchDecision(False, said, Watch(), up=None, missed=False)
    if not down:
        # Unknown is not down: it begins no outage, and ends none.
        return WatchDecision(False, f"not known: {_heard(ballots)}", kept, up=None)
    watch = _seen_down(kept, began_at, now)
    start, reason = _asks(watch, ballots, second, now=now, after=after_seconds, running=running)
    asked = Watch(watch.down_since, watch.down_at, watch.asks + 1) if start else watch
    return WatchDecision(start, reason, asked)


def _seen_down(kept: Watch, began_at: float, now: float) -> Watch:
    if kept.down_since is None or began_at - kept.down_at > _APART_SECONDS:
        return Watch(began_at, now)
    return Watch(kept.down_since, now, kept.asks)


def _asks(
    watch: Watch,
    ballots: Sequence[Ballot],
    second: Ballot | None,
    *,
    now: float,
    after: float,
    running: str,
) -> tuple[bool, str]:
    """Return whether to ask the starter for a run, and why."""
    lasted = now - (watch.down_since or now)
    if not after:
        return False, "the watchdog is off"
    if running:
        return False, f"this outage has its run: {running}"
    if watch.asks >= MOST_ASKS:
        return False, f"the starter was asked {watch.asks} times"
    if lasted < after + watch.asks * AGAIN_SECONDS:
        since = "the starter was asked already" if watch.asks else "an alarm may come"
        return False, f"down for {lasted:.0f} s; {since}"
    if second is None or second.vote is not Vote.DOWN:
        heard = second.reason if second else "it was not asked"
        return False, f"down for {lasted:.0f} s by the probe from here alone; Azure's: {heard}"
    seen = f"{_heard(ballots)}, and so does Azure's ({second.reason})"
    return True, f"AWS is down for {lasted:.0f} s and no run is on: {seen}"


def run_of_outage(records: Sequence[Mapping[str, Any]], since: float) -> str:
    """Return the failover among the newest runs' records that was of an outage since then.

    One that was refused because the votes did not confirm an outage was of none. Any other end is
    a person's to go on from.
    """
    return next(
        (
            str(one["run"])
            for one in records
            if one["flow"] == "failover"
            and one["started_at"] >= since - _EARLIER_SECONDS
            and not str(one.get("outcome_reason", "")).startswith(_UNCONFIRMED)
        ),
        "",
    )


def _heard(ballots: Sequence[Ballot]) -> str:
    counted = dict.fromkeys(f"{one.vote.value} ({one.reason})" for one in ballots)
    return f"{len(ballots)} probes say {', '.join(counted) or 'nothing'}"


def watch_event(decision: WatchDecision, now: float) -> dict[str, Any]:
    """Return the event for the starter; copies of it are one incident.

    ``occurred_at`` is when users lost AWS, and may be old; ``asked_at`` is now.
    """
    since, asks = decision.watch.down_since, decision.watch.asks
    again = f"-{asks}" if asks > 1 else ""
    return {
        "trigger": "watchdog",
        "reason": decision.reason,
        "incident": f"watchdog-{since:.3f}{again}",
        "occurred_at": since,
        "asked_at": now,
    }


def read_watch(document: Mapping[str, Any] | None) -> Watch:
    """Return what was kept; nothing, or something else, is a first look."""
    kept = document or {}
    since, at, asks = (kept.get(name) for name in ("down_since", "down_at", "asks"))
    if not isinstance(since, int | float) or not isinstance(at, int | float):
        return Watch()
    return Watch(float(since), float(at), asks if isinstance(asks, int) else 0)
