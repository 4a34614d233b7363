"""Runs as they are kept: one row each, of a drill's report or of a cloud run's record.

A drill's figures are the users' own, by their ledger. A cloud run's are the orchestrator's
estimates (``landbridge.domain.incident``). The two never share a field; None is not known.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from landbridge.domain.incident import accounted, earlier_runs

__all__ = [
    "UNREADABLE",
    "KeptRun",
    "drill_run",
    "newest_first",
    "recorded_runs",
    "rehearsal_run",
    "sparkline",
    "unreadable_run",
]

UNREADABLE = "unreadable"
_BLOCKS = "▁▂▃▄▅▆▇█"
_UNKNOWN = "·"


@dataclass(frozen=True)
class KeptRun:
    """One row; times in epoch seconds.

    ``kind`` is failover, failback, gameday, drill or rehearsal, ``flow`` the machine that ran.
    ``broken`` are the promises of a drill that did not hold. ``rto_counts_from`` is what an
    estimate counts from: alarm, watchdog, request or hold. A rehearsal has ``ready_seconds``, until
    the workload was ready on the clone, and ``leaks``: what it left.
    """

    run: str
    kind: str
    flow: str
    trigger: str
    reason: str
    outcome: str
    outcome_reason: str | None
    started_at: float
    ended_at: float | None
    rto_seconds: float | None = None
    rto_estimated_seconds: float | None = None
    rto_counts_from: str | None = None
    rpo_seconds: float | None = None
    rpo_bytes: int | None = None
    missing_writes: int | None = None
    hold_seconds: float | None = None
    hold_estimated_seconds: float | None = None
    manual_steps: tuple[str, ...] | None = None
    broken: tuple[str, ...] = ()
    ready_seconds: float | None = None
    leaks: tuple[str, ...] | None = None

    @property
    def known_rto_seconds(self) -> float | None:
        """The RTO: as users had it, or else as the orchestrator estimates it."""
        return self.rto_estimated_seconds if self.rto_seconds is None else self.rto_seconds

    @property
    def known_hold_seconds(self) -> float | None:
        """The hold, likewise."""
        return self.hold_estimated_seconds if self.hold_seconds is None else self.hold_seconds


def recorded_runs(records: Iterable[Mapping[str, Any]]) -> list[KeptRun]:
    """Return cloud runs, each accounted for with the others of its incident, newest first."""
    records = list(records)
    rows = [_recorded(accounted(one, earlier_runs(one, records))) for one in records]
    return newest_first(rows)


def _recorded(record: Mapping[str, Any]) -> KeptRun:
    return KeptRun(
        run=record["run"],
        kind=record["kind"],
        flow=record["flow"],
        trigger=record["trigger"],
        reason=record["reason"],
        outcome=record["outcome"],
        outcome_reason=None if record["outcome"] == "recovered" else record["outcome_reason"],
        started_at=float(record["started_at"]),
        ended_at=record["ended_at"],
        rto_estimated_seconds=record["rto_estimated_seconds"],
        rto_counts_from=record["rto_counts_from"],
        rpo_bytes=record["rpo_bytes"],
        hold_estimated_seconds=record["hold_estimated_seconds"],
        manual_steps=tuple(record["manual_steps"]),
    )


def rehearsal_run(record: Mapping[str, Any]) -> KeptRun:
    """Return a rehearsal by its record, as ``rehearsal_record`` makes it."""
    return KeptRun(
        run=record["run"],
        kind=record["kind"],
        flow=record["flow"],
        trigger=record["trigger"],
        reason=record["reason"],
        outcome=record["outcome"],
        outcome_reason=record["outcome_reason"],
        started_at=float(record["started_at"]),
        ended_at=record["ended_at"],
        ready_seconds=record["ready_seconds"],
        leaks=tuple(record["leaks"]),
    )


def drill_run(document: Mapping[str, Any]) -> KeptRun:
    """Return a drill by its ``report.json``, schema 1; raise KeyError or TypeError for another."""
    fault_at = float(document["fault_injected_epoch_seconds"])
    home = document.get("failback") or {}
    steps = [*document["steps"], *home.get("steps", [])]
    lasted = max((step["started_seconds"] + step["seconds"] for step in steps), default=0.0)
    ledger, trigger = document["ledger"], document["trigger"]
    came_home = home.get("outcome", "recovered") == "recovered"
    recovered = document["outcome"] == "recovered"
    return KeptRun(
        run=document["run"],
        kind="gameday" if trigger == "gameday" else "drill",
        flow="failover",
        trigger=trigger,
        reason=document["fault"],
        outcome=document["outcome"] if came_home or not recovered else "not home",
        outcome_reason=document["reason"] or home.get("reason"),
        started_at=fault_at,
        ended_at=fault_at + max(0.0, lasted),
        rto_seconds=document["seconds"]["rto"] if recovered else None,
        rpo_seconds=ledger["rpo_seconds"],
        missing_writes=ledger["missing"],
        hold_seconds=home.get("hold_seconds"),
        manual_steps=tuple(document.get("manual_steps", ())),
        broken=tuple(one["name"] for one in document["promises"] if not one["held"]),
    )


def unreadable_run(run: str, why: str, at: float) -> KeptRun:
    """Return the row of a report that cannot be read: it is no evidence, and not nothing either."""
    return KeptRun(
        run=run,
        kind="drill",
        flow="failover",
        trigger="",
        reason="",
        outcome=UNREADABLE,
        outcome_reason=why,
        started_at=at,
        ended_at=at,
    )


def newest_first(rows: Iterable[KeptRun]) -> list[KeptRun]:
    """Return the rows by their beginning, the newest first."""
    return sorted(rows, key=lambda row: row.started_at, reverse=True)


def sparkline(values: Sequence[float | None]) -> str:
    """Return one block for each value, its height against the greatest; a dot for an unknown."""
    greatest = max((value for value in values if value is not None), default=0.0)
    steps = len(_BLOCKS) - 1
    return "".join(
        _UNKNOWN
        if value is None
        else _BLOCKS[round(steps * max(0.0, value) / greatest) if greatest > 0 else 0]
        for value in values
    )
