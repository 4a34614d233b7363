"""A run as a table for a terminal: its steps with their clocks."""

from rich.table import Table

from landbridge.adapters.operations import Execution
from landbridge.adapters.step_progress import VISITED, progress_text
from landbridge.domain.plan import step_named

__all__ = ["steps_table"]

_MARKS = {"running": "[yellow]…[/]", "done": "[green]✓[/]"}


def steps_table(run: Execution, now: float) -> Table:
    """Return the run's steps: how long each took or has been at it, and what it is for."""
    title = f"run {run.name}: {run.status.lower()}, {(run.ended_at or now) - run.started_at:.1f} s"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column("")
    table.add_column("at s", justify="right")
    table.add_column("took s", justify="right")
    table.add_column("phase")
    for step in run.steps:
        took = (step.ended_at or now) - step.started_at
        again = f" [yellow](attempt {step.attempts})[/]" if step.attempts > 1 else ""
        if step.name in VISITED:
            how_far = progress_text(step.output)
            again = f" [dim]({how_far})[/]" if how_far else ""
        wrong = "" if step.result in _MARKS else f" [red]{step.result}[/]"
        table.add_row(
            _MARKS.get(step.result, "[red]✗[/]"),
            f"{step.started_at - run.started_at:.1f}",
            f"{took:.1f}",
            f"{step_named(step.name).sentence}{again}{wrong}",
        )
    return table
