"""The report for a terminal: outcome, phases, promises."""

import io

from rich import box
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from lab.report.critical_path import critical_path, phases
from lab.report.failback_model import Failback
from lab.report.headline import headline
from lab.report.model import RunRecord
from lab.report.promises import promises

__all__ = ["PHASES", "phase_rows", "plain_text", "summary"]

_COLOURS = {"good": "green", "warn": "yellow", "bad": "red"}

PHASES = {
    "detection": "first failed write until the alarm's event",
    "promotion": "asking PostgreSQL until out of recovery",
    "writable": "from there until a committed write was read back",
    "pods_ready": "asking for pods until all are ready, beside promotion",
    "dns": "gate opened until the zone answered Azure",
    "orchestration": "the outage less the waits that nobody can avoid",
    "rto": "first failed write until Azure's first acknowledgement",
}


HOME_PHASES = {
    "rebuild AWS": "making AWS's database a standby, while Azure serves",
    "catch up": "until it streamed with next to nothing to replay",
    "hold": "Azure's last acknowledgement until AWS's first: the outage",
    "DNS": "gate closed until the zone answered AWS",
    "rebuild Azure": "making Azure's database a standby again",
    "total": "the whole run",
}


def phase_rows(run: RunRecord) -> list[tuple[str, str, str]]:
    """Return each phase's name, its seconds as text (a dash where not known), its meaning."""
    measured = phases(run)
    rows = []
    for name, meaning in PHASES.items():
        seconds: float | None = getattr(measured, name)
        text = "-" if seconds is None else f"{seconds:.2f}"
        rows.append(
            (name.replace("_", " ").replace("rto", "RTO").replace("dns", "DNS"), text, meaning)
        )
    return rows


def summary(run: RunRecord) -> RenderableType:
    """Return what a drill prints at its end."""
    parts: list[RenderableType] = [_outcome(run), _phases(run), _waits(run)]
    if run.failback is not None:
        parts.append(_way_home(run.failback))
    return Group(*parts, _promises(run), *_warnings(run), _facts(run))


def _way_home(home: Failback) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("failback", style="bold")
    table.add_column("seconds", justify="right")
    table.add_column("from, to", style="dim")
    ways = {"AWS": home.method_aws, "Azure": home.method_azure}
    for name, meaning in HOME_PHASES.items():
        seconds = home.hold_seconds if name == "hold" else home.seconds.get(name)
        way = ways.get(name.removeprefix("rebuild "))
        text = f"by {way.name}: {way.why}" if way else meaning
        table.add_row(name, "-" if seconds is None else f"{seconds:.2f}", text)
    return table


def _outcome(run: RunRecord) -> Panel:
    said = headline(run)
    colour = _COLOURS[said.tone]
    text = Text.assemble((said.word.upper(), f"bold {colour}"), "\n", said.sentence)
    led = ", led by Azure" if run.executor == "azure" else ""
    title = f"run {run.run}: {run.fault}, {run.replication}, {run.timings} timings{led}"
    return Panel(text, title=title, title_align="left", border_style=colour)


def _phases(run: RunRecord) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("phase", style="bold")
    table.add_column("seconds", justify="right")
    table.add_column("from, to", style="dim")
    for row in phase_rows(run):
        table.add_row(*row, end_section=row[0] == "DNS")
    return table


def _waits(run: RunRecord) -> Text:
    path = critical_path(run)
    if path is None or not path.waits:
        return Text("Orchestration is not known: a moment of the run is missing.\n", style="dim")
    parts = " + ".join(f"{wait.name} {wait.seconds:.2f}" for wait in path.waits)
    own = f"orchestration {path.orchestration_seconds:.2f}"
    return Text(f"RTO {path.rto_seconds:.2f} = {parts} + {own}\n", style="dim")


def _promises(run: RunRecord) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(style="bold")
    table.add_column(style="dim", overflow="fold")
    for promise in promises(run):
        mark = Text("held", style="green") if promise.held else Text("BROKEN", style="bold red")
        table.add_row(mark, promise.name, promise.why)
    return table


def _warnings(run: RunRecord) -> list[Text]:
    return [Text(f"look at: {warning}", style="yellow") for warning in run.warnings]


def _facts(run: RunRecord) -> Text:
    verdict = run.verdict
    text = (
        f"\n{verdict.attempted} writes attempted, {verdict.acknowledged} acknowledged, "
        f"{verdict.failed} failed, {verdict.unacknowledged_but_present} not acknowledged but there"
    )
    if run.manual_steps:
        text += f"; done by hand: {len(run.manual_steps)} ({', then '.join(run.manual_steps)})"
    if run.aws_calls is not None:
        refused = ", ".join(f"{what} {count}" for what, count in run.aws_calls.refused)
        text += f"; calls of AWS's APIs in vain: {refused or 'none'}"
    if run.refusals:
        text += f"; events that the starter refused: {len(run.refusals)}"
    for one in run.idle:
        text += f"; {one.fault} {one.why}"
    return Text(text, style="dim")


def plain_text(run: RunRecord) -> str:
    """Return the summary without colours, 100 columns wide."""
    console = Console(file=io.StringIO(), width=100, color_system=None, record=True)
    console.print(summary(run))
    return console.export_text()
