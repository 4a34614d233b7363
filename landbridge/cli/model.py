"""``landbridge model``: the protocol in every order of its actions, and what must hold in each."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from lab.protocol.options import Beginning, Options, Safeguard
from landbridge.cli.choices import Replication, writable_file

if TYPE_CHECKING:
    from lab.protocol.check import Checked

__all__ = ["model"]

BROKEN = 1


def model(
    depth: Annotated[
        int | None, typer.Option(min=1, help="Moves to go at most; by default to the end.")
    ] = None,
    without: Annotated[Safeguard | None, typer.Option(help="Take this safeguard away.")] = None,
    scenario: Annotated[
        list[Beginning] | None, typer.Option(help="Begin here alone; repeatable.")
    ] = None,
    replication: Annotated[Replication | None, typer.Option(help="In this mode alone.")] = None,
    faults: Annotated[
        int | None, typer.Option(min=0, max=9, help="How many faults may begin, at most.")
    ] = None,
    crashes: Annotated[
        int | None, typer.Option(min=0, max=9, help="How many workers may die, at most.")
    ] = None,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", help="Also write the result here, as JSON.", callback=writable_file),
    ] = None,
) -> None:
    """Explore gate, lock, promotion, fence, DNS and clients; exit 0 only if all invariants held."""
    from lab.protocol.check import check, document
    from lab.protocol.invariants import INVARIANTS

    options = Options(
        beginnings=tuple(scenario or Beginning),
        replications=tuple(mode.value for mode in ([replication] if replication else Replication)),
        without=without,
        depth=depth,
        faults=faults,
        crashes=crashes,
    )
    console = Console()
    with console.status("exploring"):
        results = list(check(options))
    console.print(_table(results))
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(json.dumps(document(options, results), indent=2) + "\n")
    story = results[-1].story
    if story is not None:
        removed = f"Without {without.value}:\n" if without else ""
        text = f"\n{removed}{story.text()}"
        console.print(text, highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(BROKEN)
    for sentence in INVARIANTS:
        console.print(f"held: {sentence}", highlight=False, soft_wrap=True)


def _table(results: "list[Checked]") -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("scenario", "replication", "faults", "crashes", "worlds", "moves", "depth", "all"):
        table.add_column(name)
    for one in results:
        found = one.exploration
        table.add_row(
            one.beginning.value,
            one.replication,
            str(one.bounds.faults),
            str(one.bounds.crashes),
            f"{found.worlds:,}",
            f"{found.moves:,}",
            str(found.depth),
            "broken" if one.story else "yes" if found.whole else "no",
        )
    return table
