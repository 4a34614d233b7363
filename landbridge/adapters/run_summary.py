"""Kept runs on a terminal: the table of all, and one cloud run whole."""

from collections.abc import Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from landbridge.adapters.run_view import RunView
from landbridge.domain.kept_runs import KeptRun, sparkline

__all__ = ["history_table", "rto_line", "run_summary"]

_TONES = {"good": "green", "warn": "yellow", "bad": "red"}
_GOOD = {
    **dict.fromkeys(("recovered", "undisturbed", "passed"), "green"),
    **dict.fromkeys(("running", "refused"), "yellow"),
}


def history_table(rows: Sequence[KeptRun]) -> Table:
    """Return the rows as they come; estimates have a tilde, a dash is not known."""
    table = Table(box=None, pad_edge=False)
    table.add_column("date")
    table.add_column("kind")
    table.add_column("trigger")
    for name in ("RTO s", "RPO", "hold s", "by hand"):
        table.add_column(name, justify="right")
    table.add_column("outcome")
    table.add_column("run, and why", overflow="fold")
    for row in rows:
        outcome = "promise broken" if row.broken else row.outcome
        why = ", ".join(row.broken) or (row.outcome_reason or "").partition("\n")[0]
        table.add_row(
            f"{datetime.fromtimestamp(row.started_at):%Y-%m-%d %H:%M}",  # noqa: DTZ006 - local
            row.kind,
            row.trigger,
            _figure(row.rto_seconds, row.rto_estimated_seconds),
            _loss(row),
            _figure(row.hold_seconds, row.hold_estimated_seconds),
            "-" if row.manual_steps is None else str(len(row.manual_steps)),
            Text(outcome, "red" if row.broken else _GOOD.get(outcome, "red")),
            Text.assemble(row.run, (f"  {why}" if why else "", "dim")),
        )
    return table


def rto_line(rows: Sequence[KeptRun]) -> str:
    """Return the RTO of all runs out to Azure, the oldest first, as blocks with both ends."""
    values = [row.known_rto_seconds for row in reversed(rows) if row.flow == "failover"]
    known = [value for value in values if value is not None]
    if not known:
        return "RTO: none is known yet"
    return f"RTO {sparkline(values)} {min(known):.1f} to {max(known):.1f} s, the newest last"


def _figure(measured: float | None, estimated: float | None) -> str:
    if measured is not None:
        return f"{measured:.1f}"
    return "-" if estimated is None else f"~{estimated:.1f}"


def _loss(row: KeptRun) -> str:
    if row.rpo_seconds is not None:
        return (
            f"{row.missing_writes} writes, {row.rpo_seconds:.2f} s" if row.missing_writes else "0"
        )
    if row.rpo_bytes is None:
        return "-"
    return f"≤{row.rpo_bytes} bytes" if row.rpo_bytes else "0"


def run_summary(view: RunView) -> RenderableType:
    """Return one cloud run for a terminal."""
    colour = _TONES[view.tone]
    head = Text.assemble((view.outcome.upper(), f"bold {colour}"), "\n", view.message)
    title = Text(f"{view.run}: {view.kind}, {view.began}, started by {view.started_by}")
    figures = Table(box=None, pad_edge=False, show_header=False)
    for figure in view.figures:
        figures.add_row(Text(figure.name), Text(figure.text, "bold"), Text(figure.meaning, "dim"))
    steps = Table(box=None, pad_edge=False)
    for name in ("at s", "took s", "attempts"):
        steps.add_column(name, justify="right")
    steps.add_column("step")
    steps.add_column("result")
    for step in view.steps:
        steps.add_row(
            f"{step.at_seconds:.1f}",
            f"{step.seconds:.1f}",
            str(step.attempts),
            Text(step.title),
            Text(step.result, "" if step.result in {"done", "running"} else "red"),
        )
    by_hand = [Text(f"by hand: {text}") for text in view.manual_steps]
    panel = Panel(head, title=title, title_align="left", border_style=colour)
    return Group(panel, figures, *by_hand, *((Text(""), steps) if view.steps else ()))
