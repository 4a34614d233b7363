"""Drills as rows of the history: what a report's figures say, and what cannot be read of one."""

import math
from collections.abc import Mapping
from typing import Any

from landbridge.domain.kept_runs import KeptRun

__all__ = ["UNREADABLE", "drill_run", "unreadable_run"]

UNREADABLE = "unreadable"
_SCHEMA = 1


def drill_run(document: Mapping[str, Any]) -> KeptRun:
    """Return a drill by its ``report.json``, schema 1.

    Raises KeyError, TypeError or ValueError for another: what is no figure is no evidence.
    """
    if document["schema"] != _SCHEMA:
        raise ValueError(f"schema {document['schema']!r} is not known")
    fault_at = _figure(document["fault_injected_epoch_seconds"])
    if fault_at is None:
        raise TypeError("a drill without its moment")
    home = document.get("failback") or {}
    steps = [*document["steps"], *home.get("steps", [])]
    ends = [step["started_seconds"] + step["seconds"] for step in steps]
    lasted = _figure(max(ends, default=0.0)) or 0.0
    ledger, trigger = document["ledger"], document["trigger"]
    missing = _figure(ledger["missing"])
    came_home = home.get("outcome", "recovered") == "recovered"
    recovered = document["outcome"] == "recovered"
    return KeptRun(
        run=document["run"],
        kind="gameday" if trigger == "gameday" or document.get("gameday") else "drill",
        flow="failover",
        trigger=trigger,
        reason=document["fault"],
        outcome=document["outcome"] if came_home or not recovered else "not home",
        outcome_reason=document["reason"] or home.get("reason"),
        started_at=fault_at,
        ended_at=fault_at + max(0.0, lasted),
        rto_seconds=_figure(document["seconds"]["rto"]) if recovered else None,
        rpo_seconds=_figure(ledger["rpo_seconds"]),
        missing_writes=None if missing is None else int(missing),
        hold_seconds=_figure(home.get("hold_seconds")),
        manual_steps=tuple(document.get("manual_steps", ())),
        broken=tuple(one["name"] for one in document["promises"] if not one["held"]),
    )


def _figure(value: Any) -> float | None:
    # Python's JSON has NaN, which is below every limit and above none.
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError(f"{value!r} is no figure")
    return float(value)


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
