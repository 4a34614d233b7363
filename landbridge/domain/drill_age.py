"""When was it last shown that a failover works? Older than configured, none starts by itself.

A real failover that recovered shows as much as a drill. What cannot be read is not old: not to know
turns nothing off.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from landbridge.domain.preflight.check import Check, Finding, check_of, fail, unknown, warn

__all__ = [
    "AUTOMATIC",
    "LAST_DRILL",
    "RECENT_RUNS",
    "TURNS_ON",
    "Drill",
    "drill_check",
    "last_drill",
    "why_automatic_is_off",
    "why_drill_is_unknown",
]

LAST_DRILL = "last-drill"  # the check that a new drill turns green
AUTOMATIC = frozenset({"alarm", "watchdog"})
RECENT_RUNS = 100  # looked through: the last one that went to Azure may lie behind others
DAY_SECONDS = 86_400
_NEARLY = 0.8  # of the configured age: time to plan a drill
TURNS_ON = "landbridge gameday --watch"  # out and home again, as a planned switchover


@dataclass(frozen=True)
class Drill:
    """The last failover that recovered; ``ended_at`` in epoch seconds, figures None if unknown."""

    run: str
    ended_at: float
    rto_seconds: float | None
    rpo_bytes: int | None

    def age_days(self, now: float) -> float:
        """Return how old it is."""
        return (now - self.ended_at) / DAY_SECONDS


def last_drill(records: Sequence[Mapping[str, Any]]) -> Drill | None:
    """Return the newest failover that recovered, of the runs' records; None: there is none."""
    shown = [
        one
        for one in records
        if one["flow"] == "failover" and one["outcome"] == "recovered" and one["ended_at"]
    ]
    newest = max(shown, key=lambda one: float(one["ended_at"]), default=None)
    if newest is None:
        return None
    return Drill(
        str(newest["run"]),
        float(newest["ended_at"]),
        newest["rto_estimated_seconds"],
        newest["rpo_bytes"],
    )


def why_drill_is_unknown(
    records: Sequence[Mapping[str, Any]], limit_days: float, now: float
) -> str:
    """Return why the runs' newest ``RECENT_RUNS`` records do not tell, empty where they do.

    An alarm that flaps may leave so many refused runs that the drill lies behind them.
    """
    if len(records) < RECENT_RUNS or last_drill(records) is not None:
        return ""
    days = (now - min(float(one["started_at"]) for one in records)) / DAY_SECONDS
    if days > limit_days:
        return ""
    return f"the last {RECENT_RUNS} runs, of {days:.0f} days, have none that worked; older ones may"


def why_automatic_is_off(drill: Drill | None, limit_days: float, now: float) -> str:
    """Return why no failover may start by itself, empty where one may; 0 days: always."""
    if not limit_days:
        return ""
    if drill is None:
        return f"no failover has ever been shown to work, and {limit_days:g} days are the limit"
    age = drill.age_days(now)
    if age <= limit_days:
        return ""
    return f"{drill.run}, the last failover that worked, is {age:.0f} days old, over {limit_days:g}"


def drill_check(drill: Drill | None, reason: str, limit_days: float, now: float) -> Check:
    """Return the preflight's check; ``reason`` says why the runs could not be read."""

    def findings() -> Iterator[Finding]:
        off = why_automatic_is_off(drill, limit_days, now)
        if reason:
            yield unknown(reason)
        elif off:
            yield fail(f"automatic failover is off: {off}", TURNS_ON)
        elif drill and drill.age_days(now) > limit_days * _NEARLY:
            left = limit_days - drill.age_days(now)
            yield warn(f"automatic failover goes off in {left:.1f} days: no drill since", TURNS_ON)

    age = f"{drill.age_days(now):.0f} days ago" if drill else "never"
    return check_of(LAST_DRILL, findings(), f"a failover was last shown to work {age}")
