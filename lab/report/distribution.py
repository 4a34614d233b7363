"""How long users could not write, and how long the way home held them, over many drills."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lab.report.colours import placeholder
from lab.report.svg import drawing, picture

__all__ = ["distribution_picture"]

_ROWS = (("rto_seconds", "RTO"), ("hold_seconds", "hold"))
# Each mode has a shape and a hue of its own.
_MODES = {"sync": ("o", "azure"), "async": ("^", "aws")}
_LANES = 5


def distribution_picture(soak: Mapping[str, Any]) -> str:
    """Return a dot for each drill of ``landbridge soak --json``'s document, as an SVG file."""
    with drawing("soak", 9.0):
        return picture(_figure(soak), _described(soak))


def _figure(soak: Mapping[str, Any]) -> Figure:
    figure = Figure(figsize=(11.0, 2.6))
    axes = figure.add_axes((0.06, 0.2, 0.92, 0.66))
    axes.set_facecolor("none")
    axes.set_yticks([0.5, 1.5], [title for _, title in _ROWS], color=placeholder("ink"))
    axes.set_ylim(2, 0)
    axes.tick_params(colors=placeholder("muted"), length=0)
    axes.grid(axis="x", color=placeholder("line"), linewidth=0.6)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for row, (name, _) in enumerate(_ROWS):
        _dots(axes, row, name, soak["trials"])
        _percentiles(axes, row, soak[name])
    axes.set_xlim(left=0)
    axes.set_xlabel("seconds in the lab's quick timings", color=placeholder("ink"))
    axes.set_title(_title(soak), loc="left", color=placeholder("ink"), fontsize=9.5)
    figure.legend(
        *axes.get_legend_handles_labels(),
        loc="upper right",
        ncols=len(_MODES),
        frameon=False,
        labelcolor=placeholder("ink"),
    )
    return figure


def _dots(axes: Axes, row: int, name: str, trials: Sequence[Mapping[str, Any]]) -> None:
    for mode, (shape, colour) in _MODES.items():
        seconds = sorted(
            one[name] for one in trials if one["replication"] == mode and one[name] is not None
        )
        # Neighbours lie in lanes of their own, so that none hides another.
        heights = [row + 0.3 + 0.1 * (number % _LANES) for number in range(len(seconds))]
        axes.scatter(
            seconds,
            heights,
            s=26,
            marker=shape,
            color=placeholder(colour),
            edgecolors=placeholder("paper"),
            linewidths=0.6,
            zorder=3,
            label=mode if row == 0 else None,
        )


def _percentiles(axes: Axes, row: int, known: Mapping[str, float] | None) -> None:
    for height, (name, seconds) in zip((0.08, 0.94), (known or {}).items(), strict=False):
        axes.plot([seconds, seconds], [row + 0.15, row + 0.85], color=placeholder("ink"), zorder=2)
        words = f"{name} {seconds:.1f} s"
        ink = placeholder("ink")
        axes.text(seconds, row + height, words, color=ink, ha="center", va="center")


def _title(soak: Mapping[str, Any]) -> str:
    trials = soak["trials"]
    told = ", ".join(f"{count} {name}" for name, count in soak["outcomes"].items())
    return f"{len(trials)} drills with faults drawn by lot (seed {soak['seed']}): {told}"


def _described(soak: Mapping[str, Any]) -> str:
    said = [
        f"{title}: p50 {soak[name]['p50']:.1f} s, p95 {soak[name]['p95']:.1f} s"
        for name, title in _ROWS
        if soak[name]
    ]
    return "; ".join([_title(soak), *said])
