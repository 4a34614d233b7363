"""The timeline, drawn to scale: who DNS answered, the gate, writes per second, and every step."""

import html
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from lab.report.colours import placeholder, site_colour, themed
from lab.report.model import RunRecord, Step

__all__ = ["lanes", "timeline_svg"]

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,  # a name is a name, dollars and all
    "font.size": 8.5,
    "hatch.linewidth": 0.6,
}


def timeline_svg(run: RunRecord, *, wide: bool) -> str:
    """Return the drawing as an inline SVG element, for a desk (wide) or for a phone."""
    rows = lanes(run.steps)
    width, plot_height = (11.0, 2.1) if wide else (4.6, 1.8)
    steps_height = max(0.6, 0.22 * len(rows))
    heights = [0.85, 0.5, plot_height, steps_height]
    settings = {**_STYLE, "svg.hashsalt": "wide" if wide else "narrow"}
    with mpl.rc_context(settings):
        figure = Figure(figsize=(width, sum(heights) + 0.8), layout=None)
        grid = figure.add_gridspec(4, 1, height_ratios=heights, hspace=0.09 if wide else 0.11)
        marks, bands, writes, steps = (figure.add_subplot(grid[row, 0]) for row in range(4))
        left = 0.62 / width
        figure.subplots_adjust(
            left=left, right=1 - 0.1 / width, top=0.995, bottom=0.42 / (sum(heights) + 0.8)
        )
        for axes in (marks, bands, writes, steps):
            _dress(axes, run)
        _draw_marks(marks, (bands, writes, steps), run, width)
        _draw_bands(bands, run)
        _draw_writes(writes, run)
        _draw_steps(steps, rows, run)
        return _inline(figure, _described(run))


def _since(run: RunRecord, at: float) -> float:
    return at - run.instants.fault_injected


def _window(run: RunRecord) -> tuple[float, float]:
    ends = [run.observed_until, *(step.ended for step in run.steps)]
    return _since(run, run.observed_from), _since(run, max(ends))


def _dress(axes: Axes, run: RunRecord) -> None:
    axes.set_xlim(*_window(run))
    axes.set_facecolor("none")
    axes.tick_params(length=0, labelcolor=placeholder("muted"), labelbottom=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    first, last = run.verdict.first_failed_at, run.verdict.first_new_site_at
    if first is not None:
        end = _window(run)[1] if last is None else _since(run, last)
        axes.axvspan(_since(run, first), end, color=placeholder("outage"), linewidth=0, zorder=0)


def _moments(run: RunRecord) -> list[tuple[float, str]]:
    named = (
        (run.instants.fault_injected, "fault"),
        (run.instants.alarm_emitted, "alarm"),
        (run.instants.run_started, "run starts"),
        (run.instants.promotion_ended, "promoted"),
        (run.instants.pods_ready, "pods ready"),
        (run.instants.gate_opened, "gate opens"),
        (run.instants.zone_answered_azure, "DNS answers Azure"),
        (run.verdict.first_new_site_at, "first write in Azure"),
    )
    return sorted((_since(run, at), text) for at, text in named if at is not None)


def _draw_marks(axes: Axes, below: Iterable[Axes], run: RunRecord, width: float) -> None:
    """Label the moments, each in the lowest row where it hits no other."""
    start, end = _window(run)
    per_letter = (end - start) / width * 0.075
    axes.set_ylim(0, 6)
    axes.set_yticks([])
    taken = [start - 1.0] * 6
    for at, text in reversed(_moments(run)):
        size = (len(text) + 2) * per_letter
        fits_right = at + size < end
        left = at if fits_right else at - size
        row = next(
            (n for n, edge in enumerate(taken) if edge == start - 1.0 or left + size < edge), 5
        )
        taken[row] = left
        colour = placeholder("bad" if text == "fault" else "ink")
        axes.plot([at, at], [0, row + 0.9], color=colour, linewidth=0.8)
        label = f" {text}" if fits_right else f"{text} "
        axes.text(
            at, row + 0.5, label, color=colour, va="center", ha="left" if fits_right else "right"
        )
        for other in below:
            other.axvline(at, color=colour, linewidth=0.6, alpha=0.55, zorder=1)


def _draw_bands(axes: Axes, run: RunRecord) -> None:
    axes.set_ylim(2, 0)
    axes.set_yticks([0.5, 1.5], ["DNS", "gate"])
    dns = [(_since(run, answer.at), answer.site, site_colour(answer.site)) for answer in run.dns]
    served = {"closed": "aws", "engaged": "none", "open": "azure"}
    gate = [(_since(run, one.at), str(one.state), served[one.state]) for one in run.gate]
    _draw_band(axes, 0, dns, _window(run))
    _draw_band(axes, 1, gate, _window(run))


def _draw_band(
    axes: Axes, row: int, changes: Sequence[tuple[float, str, str]], window: tuple[float, float]
) -> None:
    start, end = window
    for index, (at, word, colour) in enumerate(changes):
        until = changes[index + 1][0] if index + 1 < len(changes) else end
        left = max(at, start)
        axes.barh(
            row + 0.5, until - left, left=left, height=0.72, color=placeholder(colour), zorder=2
        )
        if until - left > 0.012 * (len(word) + 2) * (end - start):
            middle = (left + until) / 2
            axes.text(middle, row + 0.52, word, ha="center", va="center", zorder=3,
                      color=placeholder("paper"), fontweight="bold", clip_on=True)  # fmt: skip


def _draw_writes(axes: Axes, run: RunRecord) -> None:
    series = run.series
    edges = [
        _since(run, series.start) + index * series.bucket_seconds
        for index in range(len(series.failed) + 1)
    ]
    base = [0.0] * len(series.failed)
    for site, counts in series.acknowledged.items():
        rates = [count / series.bucket_seconds for count in counts]
        top = [low + rate for low, rate in zip(base, rates, strict=True)]
        axes.stairs(
            top, edges, baseline=base, fill=True, color=placeholder(site_colour(site)), zorder=2
        )
        base = top
    failed = [-count / series.bucket_seconds for count in series.failed]
    axes.stairs(failed, edges, fill=True, facecolor=placeholder("outage"), hatch="////",
                edgecolor=placeholder("bad"), linewidth=0.8, zorder=2)  # fmt: skip
    highest, lowest = max([1.0, *base]) * 1.15, min([0.0, *failed]) * 1.15
    axes.set_ylim(lowest, highest)
    axes.axhline(0, color=placeholder("muted"), linewidth=0.8, zorder=3)
    axes.grid(axis="y", color=placeholder("line"), linewidth=0.5, zorder=0)
    axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    axes.locator_params(axis="y", nbins=5)
    axes.set_ylabel("writes per second", color=placeholder("muted"))
    _draw_outage(axes, run, highest)


def _draw_outage(axes: Axes, run: RunRecord, highest: float) -> None:
    first, last = run.verdict.first_failed_at, run.verdict.first_new_site_at
    if first is None or last is None or last <= first:
        return
    left, right, height = _since(run, first), _since(run, last), highest * 0.5
    bad = placeholder("bad")
    axes.annotate(
        "", (left, height), (right, height), arrowprops={"arrowstyle": "<->", "color": bad}
    )
    axes.text((left + right) / 2, height * 1.06, f"{right - left:.1f} s", color=bad, ha="center",
              va="bottom", fontsize=12, fontweight="bold")  # fmt: skip


def lanes(steps: Iterable[Step]) -> list[Step]:
    """Return the steps in the order of their rows: by start, with each branch's together."""
    steps = list(steps)
    parallel = [step for step in steps if step.branch is not None]
    forked = min((step.started for step in parallel), default=0.0)
    order = {step.branch: number for number, step in reversed(list(enumerate(parallel, start=1)))}

    def place(step: Step) -> tuple[float, int, float]:
        if step.branch is None:
            return (step.started, 0, step.started)
        return (forked, order[step.branch], step.started)

    return sorted(steps, key=place)


def _draw_steps(axes: Axes, rows: Sequence[Step], run: RunRecord) -> None:
    start, end = _window(run)
    axes.set_ylim(max(len(rows), 1), 0)
    axes.set_yticks([])
    axes.tick_params(labelbottom=True)
    axes.set_xlabel("seconds since the fault", color=placeholder("muted"))
    _draw_branches(axes, rows, start)
    middle = (start + end) / 2
    for row, step in enumerate(rows):
        left = _since(run, step.started)
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
    for number, branch in enumerate(branches):
        mine = [row for row, step in enumerate(rows) if step.branch == branch]
        top, bottom = min(mine), max(mine) + 1
        if number % 2 == 0:
            axes.axhspan(top, bottom, color=placeholder("card"), linewidth=0, zorder=0.5)
        axes.text(start, (top + bottom) / 2 + 0.02, f"  {branch}", va="center", ha="left",
                  color=placeholder("muted"), fontstyle="italic", zorder=3)  # fmt: skip


def _described(run: RunRecord) -> str:
    said = "; ".join(f"{text} at {at:.1f} s" for at, text in _moments(run))
    return f"Timeline in seconds since the fault: {said}"


def _inline(figure: Figure, label: str) -> str:
    """Return the figure as an element for an HTML page: no prologue, no names of other places."""
    file = io.StringIO()
    FigureCanvasSVG(figure).print_svg(  # type: ignore[no-untyped-call]
        file, metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
    )
    svg = file.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r' xmlns(:\w+)?="[^"]*"', "", svg)
    svg = re.sub(r' (width|height)="[\d.]+pt"', "", svg, count=2)
    return themed(svg.replace("<svg", f'<svg role="img" aria-label="{html.escape(label)}"', 1))
