"""The timeline, drawn to scale: who DNS answered, the gate, writes per second, and every step."""

from collections.abc import Iterable, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lab.report.colours import placeholder, site_colour
from lab.report.model import RunRecord
from lab.report.step_rows import draw_steps, lanes
from lab.report.svg import drawing, inline, picture
from lab.report.time_axis import since, window

__all__ = ["timeline_figure", "timeline_picture", "timeline_svg"]

_MARK_ROWS = 8


def timeline_svg(run: RunRecord, *, wide: bool) -> str:
    """Return the drawing as an inline SVG element, for a desk (wide) or for a phone."""
    with drawing(str(wide), 8.5 if wide else 9.0):
        return inline(timeline_figure(run, wide=wide), _described(run))


def timeline_picture(run: RunRecord) -> str:
    """Return the wide drawing as an SVG file of its own."""
    with drawing("picture", 8.5):
        return picture(timeline_figure(run, wide=True), _described(run))


def timeline_figure(run: RunRecord, *, wide: bool) -> Figure:
    """Return the figure; call it within ``drawing``, which is how its text is set."""
    rows = lanes(run.steps)
    width, plot_height = (11.0, 2.1) if wide else (4.6, 1.8)
    steps_height = max(0.6, 0.22 * len(rows))
    heights = [1.0, 0.5, plot_height, steps_height]
    figure = Figure(figsize=(width, sum(heights) + 0.8), facecolor="none")
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
    draw_steps(steps, rows, run)
    return figure


def _dress(axes: Axes, run: RunRecord) -> None:
    axes.set_xlim(*window(run))
    axes.set_facecolor("none")
    axes.tick_params(length=0, labelcolor=placeholder("muted"), labelbottom=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    first, last = run.verdict.first_failed_at, run.verdict.first_new_site_at
    if first is not None and last is not None:
        left, right = since(run, first), since(run, last)
        axes.axvspan(left, right, color=placeholder("outage"), linewidth=0, zorder=0)


def _moments(run: RunRecord) -> list[tuple[float, str]]:
    if run.marks:
        return sorted((since(run, mark.at), mark.text) for mark in run.marks)
    named = (
        (run.instants.fault_injected, "fault"),
        (run.instants.alarm_emitted, "alarm"),
        (run.instants.run_started, "run starts"),
        (run.instants.promotion_ended, "promoted"),
        (run.instants.pods_ready, "pods ready"),
        (run.instants.gate_opened, "gate opens"),
        (run.instants.zone_answered_azure, "DNS answers Azure"),
        (run.verdict.first_new_site_at, "Azure serves"),
    )
    return sorted((since(run, at), text) for at, text in named if at is not None)


def _draw_marks(axes: Axes, below: Iterable[Axes], run: RunRecord, width: float) -> None:
    """Label the moments, each one row above the labels and lines that its own would cross."""
    start, end = window(run)
    per_letter = (end - start) / width * 0.072
    axes.set_yticks([])
    placed: list[tuple[float, int]] = []
    for at, text in reversed(_moments(run)):
        size = (len(text) + 1.5) * per_letter
        crossed = [row for other, row in placed if other < at + size]
        row = min(_MARK_ROWS - 1, max(crossed, default=-1) + 1)
        placed.append((at, row))
        colour = placeholder("bad" if text == "fault" else "ink")
        axes.plot([at, at], [0, row + 0.9], color=colour, linewidth=0.8)
        left = min(at, end - size)
        axes.annotate(text, (left, row + 0.5), (3, 0), textcoords="offset points", color=colour,
                      va="center", annotation_clip=False)  # fmt: skip
        for other_axes in below:
            other_axes.axvline(at, color=colour, linewidth=0.6, alpha=0.4, zorder=1)
    axes.set_ylim(0, max([5, *(row + 1 for _, row in placed)]))


def _draw_bands(axes: Axes, run: RunRecord) -> None:
    axes.set_ylim(2, 0)
    axes.set_yticks([0.5, 1.5], ["DNS", "gate"])
    dns = [(since(run, answer.at), answer.site, site_colour(answer.site)) for answer in run.dns]
    served = {"closed": "aws", "engaged": "none", "open": "azure"}
    gate = [(since(run, one.at), str(one.state), served[one.state]) for one in run.gate]
    _draw_band(axes, 0, dns, window(run))
    _draw_band(axes, 1, gate, window(run))


def _draw_band(
    axes: Axes, row: int, changes: Sequence[tuple[float, str, str]], window: tuple[float, float]
) -> None:
    start, end = window
    for index, (at, word, colour) in enumerate(changes):
        # What comes after the window is the other way's.
        until = min(changes[index + 1][0] if index + 1 < len(changes) else end, end)
        left = max(at, start)
        if until <= left:
            continue
        axes.barh(
            row + 0.5, until - left, left=left, height=0.72, color=placeholder(colour), zorder=2
        )
        if until - left > 0.012 * (len(word) + 2) * (end - start):
            middle = (left + until) / 2
            ink = placeholder("on-aws" if colour == "aws" else "paper")
            axes.text(middle, row + 0.52, word, ha="center", va="center", zorder=3,
                      color=ink, fontweight="bold", clip_on=True)  # fmt: skip


def _draw_writes(axes: Axes, run: RunRecord) -> None:
    series = run.series
    edges = [
        since(run, series.start) + index * series.bucket_seconds
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
    left, right, height = since(run, first), since(run, last), highest * 0.5
    bad = placeholder("bad")
    axes.annotate(
        "", (left, height), (right, height), arrowprops={"arrowstyle": "<->", "color": bad}
    )
    axes.text((left + right) / 2, height * 1.06, f"{right - left:.1f} s", color=bad, ha="center",
              va="bottom", fontsize=12, fontweight="bold")  # fmt: skip


def _described(run: RunRecord) -> str:
    said = "; ".join(f"{text} at {at:.1f} s" for at, text in _moments(run))
    return f"Timeline in seconds since the fault: {said}"
