"""``landbridge bench``: measures, each as a ratio made in one run on this machine."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from lab.bench.measure import Measure
from lab.bench.rto import compare

__all__ = ["bench"]


def bench(
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Also write the measures here, as JSON.")
    ] = None,
) -> None:
    """Compare the users' RTO with a sequential script of the original's design."""
    console = Console()
    measures = compare(console)
    console.print(_table(measures))
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(json.dumps([one.document() for one in measures], indent=2) + "\n")


def _table(measures: list[Measure]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("measure", "unit", "ours", "reference", "ratio"):
        table.add_column(name)
    for one in measures:
        figures = (f"{one.ours:.2f}", f"{one.reference:.2f}", f"{one.ratio:.2f}")
        table.add_row(one.measure, one.unit, *figures)
    for reference in sorted({one.what_the_reference_is for one in measures}):
        table.caption = f"reference: {reference}"
    return table
