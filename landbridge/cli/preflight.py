"""``landbridge preflight``: would a failover work now? Each check, its reason and its remedy."""

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from landbridge.cli.choices import Workload
from landbridge.cli.orchestrator import operations_of
from landbridge.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from landbridge.domain.preflight.check import Check

__all__ = ["preflight"]

# 2 is a flag that cannot be, 3 a refusal, as everywhere.
NOT_READY, NOT_ALL_SEEN = 1, 4


def preflight(
    as_json: Annotated[
        bool, typer.Option("--json", help="For programs: checks, each with its reason and remedy.")
    ] = False,
    workload: Workload = "",
    lab: Annotated[
        bool, typer.Option("--lab", help="In the lab that is up on this machine.")
    ] = False,
) -> None:
    """Look whether a failover and a failback would work now.

    Ends with 0 where nothing is in the way, a warning aside; with 1 where a check fails, or nobody
    could be asked at all; with 4 where none fails and one could not be seen.
    """
    from landbridge.adapters.preflight_table import checks_table
    from landbridge.domain.preflight.check import Result, worst

    checks = _checks(workload, lab=lab)
    if as_json:
        typer.echo(json.dumps({"checks": [vars(check) for check in checks]}, indent=2))
    else:
        Console().print(checks_table(checks))
    result = worst(checks)
    if result in {Result.FAIL, Result.UNKNOWN}:
        raise typer.Exit(NOT_READY if result is Result.FAIL else NOT_ALL_SEEN)


def _checks(workload: str, *, lab: bool) -> "tuple[Check, ...]":
    from landbridge.domain.status import read_report

    answer = operations_of(lab=lab, workload=workload).preflight()
    try:
        return read_report(answer).checks
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(
            f"the deployed preflight answers something else: {error!r}",
            "deploy this version: cdk deploy --all",
        ) from None
