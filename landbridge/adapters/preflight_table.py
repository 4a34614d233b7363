"""The preflight's checks as a table for a terminal."""

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from landbridge.domain.foreign import printable
from landbridge.domain.preflight.check import Check, Result

__all__ = ["STYLES", "checks_table"]

STYLES = {
    Result.PASS: "green",
    Result.WARN: "yellow",
    Result.FAIL: "bold red",
    Result.UNKNOWN: "magenta",
}


def checks_table(checks: Iterable[Check]) -> Table:
    """Return one row for each check: result, name, reason, remedy."""
    table = Table(box=None, pad_edge=False)
    table.add_column("result")
    for column in ("check", "what was found", "what to do"):
        table.add_column(column, overflow="fold")
    for check in checks:
        style = STYLES[check.result]
        said = [Text(printable(part)) for part in (check.name, check.reason, check.remedy)]
        table.add_row(Text(check.result.value, style), *said)
    return table
