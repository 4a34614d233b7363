"""``landbridge resequence``: a site's sequences brought up to their columns, or only looked at."""

import getpass
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from landbridge.cli.choices import Site, Workload, writable_file
from landbridge.cli.orchestrator import operations_of
from landbridge.domain.manual_steps import resequenced_by_hand

__all__ = ["resequence"]


def resequence(
    site: Annotated[Site, typer.Option(help="Whose database.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look, and change nothing.")] = False,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", help="Also write the answer here, as JSON.", callback=writable_file),
    ] = None,
    workload: Workload = "",
    lab: Annotated[
        bool, typer.Option("--lab", help="In the lab that is up on this machine.")
    ] = False,
) -> None:
    """Move each sequence that would hand out a value that its column has; never back.

    What it moves is a manual step of the run before it, in the history.
    """
    operations = operations_of(lab=lab, workload=workload)
    answer = operations.resequence(site.value, dry_run=dry_run)
    console = Console()
    if answer["moved"]:
        console.print(_moved(answer["moved"], dry_run=dry_run))
    else:
        console.print(f"{answer['looked']} sequences: nothing to move.")
    if answer["not_moved"]:
        console.print(_not_moved(answer["not_moved"]))
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(json.dumps(answer, indent=2) + "\n")
    # Last: they have moved, whether or not that can be noted.
    if answer["moved_total"] and not dry_run:
        moved, by = answer["moved_total"], getpass.getuser()
        operations.note_by_hand(resequenced_by_hand(site.value, moved, by, time.time()))


def _moved(rows: list[Mapping[str, Any]], *, dry_run: bool) -> Table:
    table = _table("would move" if dry_run else "moved", "sequence", "column", "from", "to")
    for row in rows:
        before = "never used" if row["from"] is None else str(row["from"])
        table.add_row(_text(row["sequence"]), _text(row["column"]), before, str(row["to"]))
    return table


def _not_moved(rows: list[Mapping[str, Any]]) -> Table:
    table = _table("not moved", "sequence", "column", "why", "remedy")
    for row in rows:
        table.add_row(*(_text(row[name]) for name in ("sequence", "column", "reason", "remedy")))
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    return table


def _text(name: str) -> Text:
    # A sequence may be called "[red]".
    return Text(name)
