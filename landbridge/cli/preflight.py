"""``landbridge preflight``: would a failover work now? Each check, its reason and its remedy."""

import json
from typing import Annotated

import typer
from rich.console import Console

from landbridge.cli.orchestrator import operations_of

__all__ = ["preflight"]

NOT_READY = 1


def preflight(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    lab: Annotated[
        bool, typer.Option("--lab", help="In the lab that is up on this machine.")
    ] = False,
) -> None:
    """Look whether a failover and a failback would work now; exit 1 where a check fails."""
    from landbridge.adapters.preflight_table import checks_table
    from landbridge.domain.preflight.check import Result
    from landbridge.domain.status import read_report

    report = read_report(operations_of(lab=lab).preflight())
    if as_json:
        rows = [vars(check) for check in report.checks]
        typer.echo(json.dumps({"checks": rows}, indent=2))
    else:
        Console().print(checks_table(report.checks))
    if any(check.result is Result.FAIL for check in report.checks):
        raise typer.Exit(NOT_READY)
