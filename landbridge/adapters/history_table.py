"""Kept runs as a table, the newest first, and their RTO as blocks."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from landbridge.domain.kept_runs import KeptRun, sparkline

__all__ = ["WIDE", "figures_line", "history_table", "rto_line"]

WIDE = 130  # columns of a terminal that has room for a run's name, and why it ended so, beside it
_COLUMNS = ("date, UTC", "kind", "trigger", "RTO s", "RPO", "hold s", "manual steps", "outcome")
_INDENT = "    "
_FIGURES = frozenset({"RTO s", "RPO", "hold s", "manual steps"})
_MOVED_NOTHING = frozenset({"passed", "refused", "running", "undisturbed", "unchanged"})
_COLOURS = {
    **dict.fromkeys(("recovered", "completed", "passed", "undisturbed", "unchanged"), "green"),
    **dict.fromkeys(("running", "refused", "aborted"), "yellow"),
}


def history_table(rows: Sequence[KeptRun], width: int) -> RenderableType:
    """Return the rows as they come, for that many columns; estimates have a tilde, - is unknown.

    Where it is narrow, outcome and name stand below the figures, for nothing of them may be cut.
    """
    if width < WIDE:
        return Group(*_lines(rows))
    table = Table(box=None, pad_edge=False)
    for name in _COLUMNS:
        justify = "right" if name in _FIGURES else "left"
        table.add_column(name, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    table.add_column("run, and why", overflow="fold")
    for row in rows:
        *cells, outcome = _cells(row)
        table.add_row(*cells, Text(outcome, _colour(row)), _named(row))
    return table


def _lines(rows: Sequence[KeptRun]) -> Iterator[Text]:
    every = [_COLUMNS, *(_cells(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*every, strict=True)]

    def line(cells: tuple[str, ...]) -> str:
        padded = [
            cell.rjust(width) if name in _FIGURES else cell.ljust(width)
            for name, cell, width in zip(_COLUMNS, cells, widths, strict=True)
        ]
        return "  ".join(padded[:-1])

    yield Text(line(_COLUMNS), "bold", overflow="fold")
    yield Text(f"{_INDENT}outcome, run, and why", "bold")
    for row, cells in zip(rows, every[1:], strict=True):
        yield Text(line(cells), overflow="fold")
        yield Text.assemble(_INDENT, (cells[-1], _colour(row)), "  ", _named(row), overflow="fold")


def _cells(row: KeptRun) -> tuple[str, ...]:
    return (
        f"{datetime.fromtimestamp(row.started_at, UTC):%Y-%m-%d %H:%M}",
        row.kind,
        row.trigger,
        _figure(row.rto_seconds, row.rto_estimated_seconds),
        _loss(row),
        _figure(row.hold_seconds, row.hold_estimated_seconds),
        "-" if row.manual_steps is None else str(len(row.manual_steps)),
        "promise broken" if row.broken else row.outcome,
    )


def _colour(row: KeptRun) -> str:
    return "red" if row.broken else _COLOURS.get(row.outcome, "red")


def _named(row: KeptRun) -> Text:
    why = ", ".join(row.broken) or (row.outcome_reason or "").partition("\n")[0]
    return Text.assemble(row.run, (f"  {why}" if why else "", "dim"))


def figures_line(row: KeptRun) -> str:
    """Return what a verdict stands on, for a pipeline's log; estimates have a tilde."""
    rto = _figure(row.rto_seconds, row.rto_estimated_seconds)
    ended = datetime.fromtimestamp(row.ended_at or row.started_at, UTC)
    return f"RTO {rto} s, RPO {_loss(row)}, ended {ended:%Y-%m-%d %H:%M} UTC"


def rto_line(rows: Sequence[KeptRun]) -> str:
    """Return the RTO of each run that moved out to Azure, oldest first, as blocks with both ends.

    One that was begun and did not arrive is a dot; one that moved nothing has no RTO to show.
    """
    values = [
        row.known_rto_seconds
        for row in reversed(rows)
        if row.flow == "failover" and row.outcome not in _MOVED_NOTHING
    ]
    known = [value for value in values if value is not None]
    if not known:
        return "RTO: none is known yet"
    return f"RTO {sparkline(values)} {min(known):.1f} to {max(known):.1f} s, the newest last"


def _figure(measured: float | None, estimated: float | None) -> str:
    if measured is not None:
        return f"{measured:.1f}"
    return "-" if estimated is None else f"~{estimated:.1f}"


def _loss(row: KeptRun) -> str:
    if row.rpo_seconds is not None:
        return (
            f"{row.missing_writes} writes, {row.rpo_seconds:.2f} s" if row.missing_writes else "0"
        )
    if row.rpo_bytes is None:
        return "-"
    return f"≤{row.rpo_bytes} bytes" if row.rpo_bytes else "0"
