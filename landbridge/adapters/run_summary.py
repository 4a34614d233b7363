"""One cloud run whole, on a terminal."""

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from landbridge.adapters.run_view import RunView

__all__ = ["run_summary"]

_TONES = {"good": "green", "warn": "yellow", "bad": "red"}


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
