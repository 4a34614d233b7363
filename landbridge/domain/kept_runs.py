"""Runs as they are kept: one row each, of a drill's report or of a cloud run's record.

A drill's figures are the users' own, by their ledger. A cloud run's are the orchestrator's
estimates (``landbridge.domain.incident``). The two never share a field; None is not known.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from landbridge.domain.errors import ConfigurationError
from landbridge.domain.incident import accounted, earlier_runs

__all__ = [
    "KeptRun",
    "gameday_run",
    "kind_of",
    "newest_first",
    "recorded_runs",
    "rehearsal_run",
    "run_meant",
    "sparkline",
]

_IN_EVERY_RECORD = ("run", "kind", "flow", "trigger", "reason", "outcome", "ended_at")
_BLOCKS = "▁▂▃▄▅▆▇█"
_UNKNOWN = "·"


@dataclass(frozen=True)
class KeptRun:
    """One row; times in epoch seconds.

    ``kind`` is failover, switchover, failback, gameday, drill or rehearsal, ``flow`` what ran:
    failover, failback, rehearsal or gameday, which has both of its ways as rows of their own.
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


def _row(record: Mapping[str, Any], **figures: Any) -> KeptRun:
    """Return the row with what every record has, whatever it is of, and these besides."""
    known = {name: record[name] for name in _IN_EVERY_RECORD}
    return KeptRun(**{**known, "started_at": float(record["started_at"]), **figures})


def _recorded(record: Mapping[str, Any]) -> KeptRun:
    return _row(
        record,
        kind=kind_of(record),
        outcome_reason=None if record["outcome"] == "recovered" else record["outcome_reason"],
        rto_estimated_seconds=record["rto_estimated_seconds"],
        rto_counts_from=record["rto_counts_from"],
        rpo_bytes=record["rpo_bytes"],
        hold_estimated_seconds=record["hold_estimated_seconds"],
        manual_steps=tuple(record["manual_steps"]),
    )


def kind_of(record: Mapping[str, Any]) -> str:
    """Return what a recorded run is called: a planned failover is a switchover."""
    planned = record["kind"] == "failover" and record["planned"]
    return "switchover" if planned else str(record["kind"])


def rehearsal_run(record: Mapping[str, Any]) -> KeptRun:
    """Return a rehearsal by its record, as ``rehearsal_record`` makes it."""
    return _row(
        record,
        outcome_reason=record["outcome_reason"],
        ready_seconds=record["ready_seconds"],
        leaks=tuple(record["leaks"]),
    )


def gameday_run(record: Mapping[str, Any]) -> KeptRun:
    """Return a GameDay by its record (``landbridge.domain.gameday_record``)."""
    completed = record["outcome"] == "completed"
    return _row(
        record,
        outcome_reason=None if completed else record["outcome_reason"],
        manual_steps=tuple(record["manual_steps"]),
    )


def newest_first(rows: Iterable[KeptRun]) -> list[KeptRun]:
    """Return the rows by their beginning, the newest first."""
    return sorted(rows, key=lambda row: row.started_at, reverse=True)


def run_meant(text: str, names: Sequence[str], newest: str) -> str:
    """Return the run that a person means; ``names`` are the kept runs', the newest first.

    The word ``newest`` means the first of them, another text the run of that name or the only one
    that begins so. A text that none begins with is returned as it is: older runs are kept too.
    Raises ConfigurationError where there is no run, or more than one begins so.
    """
    if text in names:
        return text
    if text == newest:
        if not names:
            raise ConfigurationError("no run is kept yet", "`landbridge drill` makes one")
        return names[0]
    found = [name for name in names if name.startswith(text)]
    if len(found) > 1:
        raise ConfigurationError(
            f"{len(found)} runs begin with {text}, as {found[0]} and {found[1]}",
            "give more of the name",
        )
    return found[0] if found else text


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
