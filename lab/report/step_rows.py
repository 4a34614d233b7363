"""The steps of a run as rows of a timeline, each branch's together."""

from collections.abc import Iterable, Sequence

from matplotlib.axes import Axes

from lab.report.colours import placeholder
from lab.report.model import RunRecord, Step
from lab.report.time_axis import since, window

__all__ = ["draw_steps", "lanes"]


def lanes(steps: Iterable[Step]) -> list[Step]:
    """Return the steps in the order of their rows: by start, with each branch's together."""
    begun: dict[str, float] = {}
    for step in sorted(steps := list(steps), key=lambda step: step.started):
        if step.branch is not None:
            begun.setdefault(step.branch, step.started)
    forked = min(begun.values(), default=0.0)

    def place(step: Step) -> tuple[float, float, str, float]:
        if step.branch is None:
            return (step.started, 0.0, "", step.started)
        return (forked, begun[step.branch], step.branch, step.started)

    return sorted(steps, key=place)


def draw_steps(axes: Axes, rows: Sequence[Step], run: RunRecord) -> None:
    """Draw each step as a bar to scale, named beside it, with its branch at the left edge."""
    start, end = window(run)
    axes.set_ylim(max(len(rows), 1), 0)
    axes.set_yticks([])
    axes.tick_params(labelbottom=True)
    axes.set_xlabel("seconds since the fault", color=placeholder("muted"))
    _draw_branches(axes, rows, start)
    middle = (start + end) / 2
    for row, step in enumerate(rows):
        left = since(run, step.started)
        well = step.result == "ok"
        axes.barh(
            row + 0.5,
            max(step.seconds, (end - start) * 0.002),
            left=left,
            height=0.62,
            color=placeholder("step" if well else "bad"),
            zorder=2,
        )
        words = f"{step.name} {step.seconds:.2f}" + ("" if well else f" {step.result}")
        if step.attempts > 1:
            words += f", {step.attempts} attempts"
        gap = (end - start) * 0.006
        on_right = left < middle
        at = left + step.seconds + gap if on_right else left - gap
        axes.text(at, row + 0.52, words, va="center", ha="left" if on_right else "right", zorder=3,
                  color=placeholder("ink" if well else "bad"))  # fmt: skip


def _draw_branches(axes: Axes, rows: Sequence[Step], start: float) -> None:
    branches = dict.fromkeys(step.branch for step in rows if step.branch is not None)
    for branch in branches:
        mine = [row for row, step in enumerate(rows) if step.branch == branch]
        top, bottom = min(mine), max(mine) + 1
        for edge in (top, bottom):
            axes.axhline(edge, color=placeholder("line"), linewidth=0.8, zorder=0.5)
        middle = (top + bottom) / 2 + 0.02
        axes.annotate(branch, (start, middle), (3, 0), textcoords="offset points", va="center",
                      color=placeholder("muted"), fontstyle="italic")  # fmt: skip
