"""A cloud run's record as a person reads it: figures with what they mean, steps on one scale."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from landbridge.domain.kept_runs import kind_of
from landbridge.domain.rehearsal_record import FLOW as REHEARSAL

__all__ = ["Figure", "RunView", "StepBar", "run_view"]

_SINCE = {
    "alarm": "from the alarm's change of state; users had it longer by what detection took",
    "watchdog": "from the watchdog's first failed probe; users had it longer by a little",
    "request": "from the request to fail over; users may have had it longer by much",
    "hold": "from holding the writes",
}
_TONES = {
    **dict.fromkeys(("recovered", "completed", "passed", "unchanged"), "good"),
    **dict.fromkeys(("refused", "running", "aborted", "stopped"), "warn"),
}


@dataclass(frozen=True)
class Figure:
    """One figure; ``text`` is a dash where it is not known, ``meaning`` says what it counts."""

    name: str
    text: str
    meaning: str


@dataclass(frozen=True)
class StepBar:
    """One step; ``left`` and ``width`` are in percent of the whole run."""

    title: str
    at_seconds: float
    seconds: float
    result: str
    attempts: int
    left: float
    width: float


@dataclass(frozen=True)
class RunView:
    """What both the page and the terminal show."""

    run: str
    outcome: str
    tone: str
    kind: str
    began: str
    started_by: str
    message: str
    figures: tuple[Figure, ...]
    manual_steps: tuple[str, ...]
    votes: tuple[Mapping[str, Any], ...]
    fence: tuple[Mapping[str, Any], ...]
    steps: tuple[StepBar, ...]


def run_view(whole: Mapping[str, Any]) -> RunView:
    """Return the view of a whole record, ``{"record", "ending", "steps", "state"}``."""
    record, state = whole["record"], whole["state"]
    began = datetime.fromtimestamp(record["started_at"], UTC)
    return RunView(
        run=record["run"],
        outcome=record["outcome"],
        tone=_TONES.get(record["outcome"], "bad"),
        kind=kind_of(record),
        began=f"{began:%Y-%m-%d %H:%M:%S} UTC",
        started_by=f"{record['trigger']}: {record['reason'] or 'no reason was given'}",
        message=str(whole["ending"].get("message") or record["outcome_reason"]).strip(),
        figures=tuple(_figures(record)),
        manual_steps=tuple(record["manual_steps"]),
        votes=tuple(_listed(state, "verdict", "ballots")),
        fence=(
            *_listed(state, "moved", "fence", "evidence"),
            *_listed(state, "stopped", "evidence"),
        ),
        steps=tuple(_bars(whole.get("steps") or [], record)),
    )


def _figures(record: Mapping[str, Any]) -> Iterator[Figure]:
    if record["flow"] == REHEARSAL:
        yield from _rehearsal_figures(record)
        return
    if record["flow"] in {"failover", "gameday"}:
        since = _SINCE.get(record["rto_counts_from"] or "", "a moment of it is not known")
        yield Figure("estimated RTO", _seconds(record["rto_estimated_seconds"]), since)
    yield from _holds(record)
    lost = "-" if record["rpo_bytes"] is None else f"{record['rpo_bytes']} bytes"
    yield Figure("RPO", lost, "WAL that AWS may have acknowledged and Azure never had")
    yield Figure("manual steps", str(len(record["manual_steps"])), "what people did in between")


def _holds(record: Mapping[str, Any]) -> Iterator[Figure]:
    meaning = "from holding the writes to an order by users' name"
    if record["flow"] == "gameday":
        for way in ("out", "home"):
            hold = _seconds(record[f"hold_{way}_estimated_seconds"])
            yield Figure(f"estimated hold, {way}", hold, meaning)
    elif record["flow"] == "failback" or record["planned"]:
        yield Figure("estimated hold", _seconds(record["hold_estimated_seconds"]), meaning)


def _rehearsal_figures(record: Mapping[str, Any]) -> Iterator[Figure]:
    ready = "from the pod's beginning until the workload was ready on the clone"
    yield Figure("ready", _seconds(record["ready_seconds"]), ready)
    size = record["copied_bytes"]
    copied = "of the base backup" if size is None else f"of the base backup, {size:,.0f} bytes"
    yield Figure("copied", _seconds(record["copied_seconds"]), copied)
    yield Figure("promoted", _seconds(record["promoted_seconds"]), "of pg_promote and a checkpoint")
    left = "; ".join(record["leaks"]) or "no Job, pod, disk, connection or slot"
    yield Figure("left", str(len(record["leaks"])), left)
    changed = "; ".join(record["changed"]) or "gate, DNS, replication and slots are as before"
    yield Figure("changed", str(len(record["changed"])), changed)


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"


def _listed(state: Any, *path: str) -> Sequence[Mapping[str, Any]]:
    for name in path:
        state = state.get(name) if isinstance(state, Mapping) else None
    return state if isinstance(state, list) else []


def _bars(steps: Sequence[Mapping[str, Any]], record: Mapping[str, Any]) -> Iterator[StepBar]:
    began = float(record["started_at"])
    ends = [float(step["ended_at"] or step["started_at"]) for step in steps]
    whole = max([*ends, began + 0.001]) - began
    for step, ended in zip(steps, ends, strict=True):
        at, took = float(step["started_at"]) - began, ended - float(step["started_at"])
        yield StepBar(
            title=step["title"],
            at_seconds=at,
            seconds=took,
            result=step["result"],
            attempts=step["attempts"],
            left=max(0.0, 100 * at / whole),
            width=max(0.2, 100 * took / whole),
        )
