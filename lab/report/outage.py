"""Where a drill's outage went: one bar to scale, the waits that nobody can avoid and the rest."""

from matplotlib.figure import Figure

from lab.report.colours import placeholder
from lab.report.critical_path import critical_path
from lab.report.model import RunRecord
from lab.report.svg import drawing, picture

__all__ = ["outage_picture"]

_COLOURS = {"orchestration": "own"}
_LETTER_INCHES = 0.075
_WIDTH = 11.0


def outage_picture(run: RunRecord) -> str:
    """Return the bar as an SVG file of its own; raise ValueError where a moment is not known."""
    path = critical_path(run)
    if path is None or not path.waits:
        raise ValueError(f"run {run.run}: a moment of its outage is not known")
    parts = [(wait.name, wait.seconds) for wait in path.waits]
    parts.append(("orchestration", path.orchestration_seconds))
    with drawing("outage", 9.0):
        return picture(_figure(parts, path.rto_seconds), _described(parts, path.rto_seconds))


def _figure(parts: list[tuple[str, float]], whole: float) -> Figure:
    figure = Figure(figsize=(_WIDTH, 1.5))
    axes = figure.add_axes((0.01, 0.3, 0.98, 0.68))
    axes.set_xlim(0, whole)
    axes.set_ylim(2.4, 0)
    axes.set_yticks([])
    axes.set_facecolor("none")
    axes.tick_params(labelcolor=placeholder("muted"), color=placeholder("muted"))
    axes.set_xlabel(f"seconds of {whole:.2f} that users could not write", color=placeholder("ink"))
    for spine in axes.spines.values():
        spine.set_visible(False)
    left = 0.0
    for number, (name, seconds) in enumerate(parts):
        colour = placeholder(_COLOURS.get(name, "azure" if number % 2 else "step"))
        axes.barh(0.5, seconds, left=left, height=0.8, color=colour)
        words = f"{name} {seconds:.2f}"
        # Below its stretch, each on a line of its own where the one before would reach into it.
        at = min(left, whole - len(words) * _LETTER_INCHES / _WIDTH * whole)
        axes.text(at, 1.25 + 0.55 * (number % 2), words, va="center", color=placeholder("ink"))
        left += seconds
    return figure


def _described(parts: list[tuple[str, float]], whole: float) -> str:
    said = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in parts)
    return f"An outage of {whole:.2f} s: {said}"
