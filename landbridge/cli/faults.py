"""``landbridge faults``: what can go wrong in a drill, and how it is asked for."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

__all__ = ["faults"]

_FORM = (
    "--fault NAME[:ARGUMENT][@+START][/SECONDS] begins START seconds after the first one;"
    " @home+START counts from the failback."
)


def faults(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """List the faults that `landbridge drill --fault` and `landbridge soak` know."""
    from lab.faults.catalogue import FAULTS

    if as_json:
        rows = [
            {
                "name": fault.name,
                "arguments": list(fault.arguments),
                "seconds": fault.seconds,
                "what": fault.sentence,
                "why_not": fault.why_not(),
            }
            for fault in FAULTS.values()
        ]
        typer.echo(json.dumps({"faults": rows}, indent=2))
        return
    table = Table(box=None, pad_edge=False)
    for title in ("fault", "what it is", "arguments", "lasts"):
        table.add_column(title, overflow="fold")
    for fault in FAULTS.values():
        why_not = fault.why_not()
        said = fault.sentence + (f" (not on this machine: {why_not})" if why_not else "")
        lasts = "until the repair" if fault.seconds is None else f"{fault.seconds:g} s"
        table.add_row(fault.name, said, ", ".join(fault.arguments), lasts)
    console = Console()
    console.print(table)
    console.print(_FORM, markup=False, soft_wrap=True)
