"""``landbridge bench``: measures, each as a ratio made in one run on this machine."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from lab.bench.measure import Measure
from landbridge.cli.choices import writable_file

__all__ = ["bench"]


class Subject(StrEnum):
    """What can be measured."""

    RTO = "rto"
    REBUILD = "rebuild"
    HOLD = "hold"
    RESEQUENCE = "resequence"
    BUNDLES = "bundles"
    EXECUTORS = "executors"


def bench(
    only: Annotated[
        list[Subject] | None, typer.Option(help="Measure this and nothing else; repeatable.")
    ] = None,
    json_file: Annotated[
        Path | None,
        typer.Option(
            "--json", help="Also write the measures here, as JSON.", callback=writable_file
        ),
    ] = None,
) -> None:
    """Measure RTO, rebuild, hold, resequencing, bundles and executors, against its run's own."""
    console = Console()
    measures: list[Measure] = []
    for subject in only or Subject:
        measures += _measured(subject, console)
    console.print(_table(measures))
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(json.dumps([one.document() for one in measures], indent=2) + "\n")


def _measured(subject: Subject, console: Console) -> list[Measure]:
    from lab.bench.bundles import compare_bundles
    from lab.bench.executors import compare_executors
    from lab.bench.hold import compare_holds
    from lab.bench.rebuild import compare_rebuilds
    from lab.bench.resequence import compare_resequencing
    from lab.bench.rto import compare

    return {
        Subject.RTO: compare,
        Subject.REBUILD: compare_rebuilds,
        Subject.HOLD: compare_holds,
        Subject.RESEQUENCE: compare_resequencing,
        Subject.BUNDLES: compare_bundles,
        Subject.EXECUTORS: compare_executors,
    }[subject](console)


def _table(measures: list[Measure]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("measure", "unit", "ours", "reference", "ratio", "reference is"):
        table.add_column(name)
    for one in measures:
        figures = (f"{one.ours:.2f}", f"{one.reference:.2f}", f"{one.ratio:.2f}")
        table.add_row(one.measure, one.unit, *figures, one.what_the_reference_is)
    return table
