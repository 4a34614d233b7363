"""``landbridge status`` on a terminal: one screen that is read half asleep."""

from datetime import UTC, datetime

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from landbridge.adapters.preflight_table import STYLES, checks_table
from landbridge.domain.foreign import printable
from landbridge.domain.next_step import decide_next
from landbridge.domain.preflight.check import SITE, Result, amount
from landbridge.domain.status import PreflightReport, RunLook, Status

__all__ = ["fitted_screen", "status_screen"]

_UNKNOWN = Text("unknown", STYLES[Result.UNKNOWN])
_MOST_ROWS = 8  # one screen
_MOST_LINES = 3  # of what a run told
_OUTCOMES = {
    "recovered": "green",
    "succeeded": "green",
    "completed": "green",
    "refused": "yellow",
    "aborted": "yellow",
    "failed": "bold red",
}
_FLOWS = {"gameday": "GameDay"}
_SERVES = {
    **SITE,
    "both": "BOTH SITES TAKE WRITES",
    "none": "nobody takes writes",
    "unknown": "unknown",
}


def fitted_screen(status: Status, title: str, console: Console) -> RenderableType:
    """Return the screen with as many red checks as the terminal's height has room for."""
    rows = _MOST_ROWS
    while rows:
        screen = status_screen(status, title, rows)
        if not console.is_terminal or len(console.render_lines(screen)) < console.height:
            return screen
        rows -= 1
    return status_screen(status, title, 0)


def status_screen(status: Status, title: str, most_rows: int = _MOST_ROWS) -> RenderableType:
    """Return the screen; what could not be seen shows as unknown, with the reason."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in (
        ("Serves", _serves(status)),
        ("Gate", _gate(status)),
        ("DNS", _dns(status)),
        ("Lag", _lag(status.report)),
        ("Ready", _ready(status)),
        ("By itself", _automatic(status)),
        ("Run", _run(status)),
        ("GameDay", _gameday(status)),
    ):
        if value is not None:
            table.add_row(name, value)
    stamp = f"{datetime.fromtimestamp(status.at, UTC):%Y-%m-%d %H:%M:%S} UTC"
    parts: list[RenderableType] = [Text(f"{title}, {stamp}\n", "bold"), table]
    following = decide_next(status)
    parts.append(Text.assemble(("\nNext: ", "bold"), printable(following.sentence)))
    if following.command:
        parts.append(Text(f"  {printable(following.command)}", "bold cyan"))
    red = status.report.red() if status.report else []
    if red and most_rows:
        parts += [Text(""), checks_table(red[:most_rows])]
    if len(red) > most_rows:
        more = "more" if most_rows else "checks that do not pass"
        parts.append(Text(f"and {len(red) - most_rows} {more}: landbridge preflight"))
    return Group(*parts)


def _missing(status: Status, *parts: str) -> Text:
    reasons = [status.unseen[part] for part in parts if part in status.unseen]
    return Text.assemble(_UNKNOWN, f"  {printable(reasons[0])}" if reasons else "")


def _serves(status: Status) -> Text:
    if status.report is None or status.report.active == "unknown":
        if status.report is not None:
            return Text.assemble(_UNKNOWN, f"  {status.report.active_reason}")
        return _missing(status, "orchestrator", "readiness")
    active = status.report.active
    style = "bold" if active in SITE else "bold red"
    return Text.assemble((_SERVES[active], style), f"  {_age(status.at - status.report.at)}")


def _gate(status: Status) -> Text:
    kept = status.report.gate if status.report else None
    state = status.gate.value if status.gate else kept and str(kept["state"])
    if not state:
        return _missing(status, "gate")
    if not kept or kept["state"] != state:
        return Text(state, "bold")
    since = f"since {kept['since']}" if kept["since"] else "never moved"
    return Text.assemble((state, "bold"), f"  epoch {kept['epoch']}, {since}")


def _dns(status: Status) -> Text:
    if status.dns in SITE:
        return Text(SITE[status.dns], "bold")
    if status.dns == "unknown":
        return _missing(status, "dns")
    return Text(printable(status.dns), STYLES[Result.UNKNOWN])


def _lag(report: PreflightReport | None) -> Text:
    if report is None or report.lag_bytes is None:
        return _UNKNOWN
    seconds = "" if report.lag_seconds is None else f", {report.lag_seconds:.1f} s"
    return Text(f"{amount(report.lag_bytes)}{seconds}")


def _ready(status: Status) -> Text:
    report = status.report
    if report is None:
        return _missing(status, "orchestrator", "readiness")
    red = len(report.red())
    said = f"  {len(report.checks) - red} of {len(report.checks)} checks pass"
    result = (report.result.value, STYLES[report.result])
    return Text.assemble(result, said, f", {_age(status.at - report.at)}")


def _automatic(status: Status) -> Text | None:
    """Say that no failover starts by itself, where that is so."""
    off = status.report.automatic_off() if status.report else ""
    return Text(printable(off), "bold red") if off else None


def _gameday(status: Status) -> Text | None:
    """Show the GameDay that is on, or the last one, in two lines."""
    if status.gameday is not None:
        return _described(status.gameday, status.at, most_lines=1)
    return _missing(status, "gameday") if "gameday" in status.unseen else None


def _run(status: Status) -> Text:
    if status.run is None:
        if {"orchestrator", "run"} & set(status.unseen):
            return _missing(status, "orchestrator", "run")
        return Text("none yet")
    return _described(status.run, status.at)


def _described(run: RunLook, now: float, *, most_lines: int = _MOST_LINES) -> Text:
    flow = _FLOWS.get(run.flow, run.flow)
    if run.running:
        step = f"  {run.step or 'starting'}, for {now - run.started_at:.0f} s"
        return Text.assemble((f"{flow} is on", "bold yellow"), step, f"\n{run.name}")
    told = printable(run.message).splitlines()
    lines = [line for line in told if line and "(run " not in line]
    ended = f"  {_age(now - (run.ended_at or now))}  {run.name}"
    outcome = (f"{flow} {run.outcome}", _OUTCOMES.get(run.outcome, "bold"))
    more = f"\nmore: landbridge report {run.name}" if len(lines) > most_lines > 1 else ""
    said = "".join(f"\n{line}" for line in lines[:most_lines])
    return Text.assemble(outcome, ended, said, more)


def _age(seconds: float) -> str:
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit} ago"
    return f"{max(0.0, seconds):.0f} s ago"
