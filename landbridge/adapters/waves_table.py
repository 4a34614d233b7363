"""Several workloads as one table for a terminal: while they are moved, and as they stand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from landbridge.adapters.operations import Execution, Operations
from landbridge.domain.errors import LandbridgeError
from landbridge.domain.foreign import printable
from landbridge.domain.next_step import decide_next
from landbridge.domain.plan import step_named
from landbridge.domain.preflight.check import SITE, amount
from landbridge.domain.status import Status

__all__ = ["WorkloadRow", "standing_table", "waves_table", "workload_row"]

_STYLES = {"RUNNING": "yellow", "SUCCEEDED": "green", "": "dim"}


@dataclass(frozen=True)
class WorkloadRow:
    """One workload's part: ``status`` is Step Functions' word, empty while it has no run."""

    wave: int
    workload: str
    run: str
    status: str
    doing: str


def workload_row(
    wave: int, workload: str, operations: Operations, flow: str, since: float
) -> WorkloadRow:
    """Return the workload's newest run of that way, one that was on at ``since`` or began later.

    What cannot be seen is told in the row: the other workloads are shown all the same.
    """
    try:
        names = operations.executions(flow)
        seen = operations.execution(names[0]) if names else None
    except LandbridgeError as error:
        return WorkloadRow(wave, workload, "", "", f"not seen: {error}")
    if seen is None or (seen.ended_at is not None and seen.ended_at < since):
        return WorkloadRow(wave, workload, "", "", "no run yet")
    return WorkloadRow(wave, workload, seen.name, seen.status, _doing(seen))


def _doing(seen: Execution) -> str:
    now_on = [step for step in seen.steps if step.result == "running"]
    if seen.status == "RUNNING":
        return step_named(now_on[-1].name).sentence if now_on else ""
    return seen.cause if seen.error else ""


def waves_table(run: str, status: str, rows: Iterable[WorkloadRow]) -> Table:
    """Return a row for each workload, wave by wave."""
    table = Table(title=f"{run}: {status.lower()}", title_justify="left", box=None, pad_edge=False)
    for title in ("wave", "workload", "run", "", "doing"):
        table.add_column(title, overflow="fold")
    for row in rows:
        style = _STYLES.get(row.status, "bold red")
        state = Text(row.status.lower() or "waits", style)
        doing = Text(printable(row.doing))
        table.add_row(str(row.wave), Text(row.workload), Text(row.run), state, doing)
    return table


def standing_table(seen: Mapping[str, Status]) -> Table:
    """Return a row for each workload: who serves, gate, lag, its run, what to do next."""
    table = Table(box=None, pad_edge=False)
    for title in ("workload", "serves", "gate", "DNS", "lag", "run", "next"):
        table.add_column(title, overflow="fold")
    for workload, status in seen.items():
        report, run = status.report, status.run
        active = report.active if report else "unknown"
        lag = report.lag_bytes if report else None
        following = decide_next(status)
        table.add_row(
            Text(workload, "bold"),
            Text(SITE.get(active, active), "" if active in SITE else "bold red"),
            Text(status.gate.value if status.gate else "unknown"),
            Text(SITE.get(status.dns, printable(status.dns))),
            Text("unknown" if lag is None else amount(lag)),
            Text("none" if run is None else (run.step if run.running else run.outcome)),
            Text(printable(following.sentence)),
        )
    return table
