"""The command ``landbridge``: every subcommand's options, and how errors reach a person."""

import sys

import typer
from rich.console import Console

from landbridge.cli import (
    bench,
    configuration,
    cost,
    drill,
    failback,
    failover,
    faults,
    gameday,
    history,
    laboratory,
    model,
    preflight,
    reconcile,
    rehearse,
    report,
    resequence,
    soak,
    status,
    takeover,
)
from landbridge.domain.errors import LandbridgeError
from landbridge.domain.foreign import printable

app = typer.Typer(
    help="Fails a live workload over from AWS to Azure and brings it home again.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("status")(status.status)
app.command("preflight")(preflight.preflight)
app.command("rehearse")(rehearse.rehearse)
app.command("drill")(drill.drill)
app.command("faults")(faults.faults)
app.command("soak")(soak.soak)
app.command("failover")(failover.failover)
app.command("takeover")(takeover.takeover)
app.command("reconcile")(reconcile.reconcile)
app.command("failback")(failback.failback)
app.command("gameday")(gameday.gameday)
app.command("approve")(failback.approve)
app.command("reject")(failback.reject)
app.command("resequence")(resequence.resequence)
app.command("history")(history.history)
app.command("report")(report.report)
app.command("cost")(cost.cost)
app.command("bench")(bench.bench)
app.command("model")(model.model)
app.add_typer(configuration.app, name="config")
app.add_typer(laboratory.app, name="lab")

FAILED = 1


def main() -> None:
    """Run one command; an error that landbridge knows is a sentence, not a traceback."""
    try:
        app()
    except LandbridgeError as error:
        said = printable(f"landbridge: {error}")
        Console(stderr=True).print(said, style="bold red", markup=False)
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
