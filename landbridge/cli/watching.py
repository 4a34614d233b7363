"""A run on the terminal: its steps with their clocks, as they go."""

import time
from collections.abc import Callable

from rich.console import Console, RenderableType
from rich.live import Live
from rich.table import Table

from landbridge.adapters.operations import Execution, Operations
from landbridge.domain.plan import step_named

__all__ = ["steps_table", "watch"]

_LOOK_SECONDS = 0.3
_MARKS = {"running": "[yellow]…[/]", "done": "[green]✓[/]"}


def steps_table(run: Execution, now: float) -> Table:
    """Return the run's steps: how long each took or has been at it, and what it is for."""
    title = f"run {run.name}: {run.status.lower()}, {(run.ended_at or now) - run.started_at:.1f} s"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column, justify in (("", "left"), ("at s", "right"), ("took s", "right"), ("phase", "left")):
        table.add_column(column, justify=justify)  # type: ignore[arg-type]
    for step in run.steps:
        took = (step.ended_at or now) - step.started_at
        again = f" [yellow](attempt {step.attempts})[/]" if step.attempts > 1 else ""
        wrong = "" if step.result in _MARKS else f" [red]{step.result}[/]"
        table.add_row(
            _MARKS.get(step.result, "[red]✗[/]"),
            f"{step.started_at - run.started_at:.1f}",
            f"{took:.1f}",
            f"{step_named(step.name).sentence}{again}{wrong}",
        )
    return table


def watch(
    operations: Operations,
    name: str,
    console: Console,
    *,
    beside: Callable[[], RenderableType] | None = None,
) -> Execution:
    """Show the run until it has ended; return how it ended."""
    with Live(console=console, refresh_per_second=4, transient=False) as live:
        while True:
            run = operations.execution(name)
            table = steps_table(run, time.time())
            live.update(table if beside is None else beside())
            if run.status != "RUNNING":
                return run
            time.sleep(_LOOK_SECONDS)
