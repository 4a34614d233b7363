"""Where a drill's outage went: one bar to scale, the waits that nobody can avoid and the rest."""

from collections.abc import Iterator, Sequence

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
    begins = [sum(seconds for _, seconds in parts[:number]) for number in range(len(parts))]
    words = [f"{name} {seconds:.2f}" for name, seconds in parts]
    places = list(_places(begins, words, whole))
    rows = 1 + max(row for _, row in places)
    height = 1.0 + 0.25 * rows
    figure = Figure(figsize=(_WIDTH, height))
    axes = figure.add_axes((0.01, 0.5 / height, 0.98, (height - 0.52) / height))
    axes.set_xlim(0, whole)
    axes.set_ylim(1.1 + 0.5 * rows, 0)
    axes.set_yticks([])
    axes.set_facecolor("none")
    axes.tick_params(labelcolor=placeholder("muted"), color=placeholder("muted"))
    axes.set_xlabel(f"seconds of {whole:.2f} that users could not write", color=placeholder("ink"))
    for spine in axes.spines.values():
        spine.set_visible(False)
    for number, (name, seconds) in enumerate(parts):
        colour = placeholder(_COLOURS.get(name, "azure" if number % 2 else "step"))
        axes.barh(0.5, seconds, left=begins[number], height=0.8, color=colour)
        at, row = places[number]
        axes.text(at, 1.2 + 0.5 * row, words[number], va="center", color=placeholder("ink"))
    return figure


def _places(
    begins: Sequence[float], words: Sequence[str], whole: float
) -> Iterator[tuple[float, int]]:
    """Yield where each word stands, below its stretch: on the first row that has room for it."""
    ends: list[float] = []
    for begin, word in zip(begins, words, strict=True):
        length = (len(word) + 1) * _LETTER_INCHES / _WIDTH * whole
        at = max(0.0, min(begin, whole - length))
        row = next((row for row, end in enumerate(ends) if end <= at), len(ends))
        ends[row : row + 1] = [at + length]
        yield at, row


def _described(parts: list[tuple[str, float]], whole: float) -> str:
    said = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in parts)
    return f"An outage of {whole:.2f} s: {said}"
