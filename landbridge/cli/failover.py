"""``landbridge failover``: a person starts the machine, in AWS or in a lab that is up."""

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from lab.clouds.standing import standing_lab
from landbridge.adapters.operations import Execution, Operations
from landbridge.cli.watching import watch
from landbridge.configuration import configuration_from_cdk_json
from landbridge.domain.errors import InvalidEventError

__all__ = ["failover"]

CONFIGURATION = Path("cdk.json")
REFUSED = 3


def failover(
    reason: Annotated[str, typer.Option(help="Why, in a sentence; it goes into the record.")] = "",
    planned: Annotated[
        bool, typer.Option("--planned", help="Switchover without loss: hold AWS's writes first.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on after a run that stopped half way.")
    ] = False,
    accept_data_loss: Annotated[
        bool, typer.Option("--accept-data-loss", help="Promote although writes may be missing.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Fail over although the votes do not confirm it.")
    ] = False,
    follow: Annotated[bool, typer.Option("--watch", help="Show the run until it ends.")] = False,
    lab: Annotated[
        bool, typer.Option("--lab", help="In the lab that is up on this machine.")
    ] = False,
) -> None:
    """Fail over to Azure, or go on with a failover that stopped half way."""
    if resume and not reason:
        reason = "resumed by an operator"
    if not reason.strip():
        raise InvalidEventError("--reason: missing", 'say why: --reason "AWS does not answer"')
    console = Console()
    operations = _operations(lab=lab)
    answer = operations.start(
        {
            "trigger": "manual",
            "reason": reason,
            "occurred_at": time.time(),
            "planned": planned,
            "accept_data_loss": accept_data_loss,
            "force": force,
        }
    )
    if not answer["started"]:
        console.print(f"Not started: {answer['reason']}", markup=False)
        raise typer.Exit(REFUSED)
    console.print(f"Started {answer['run']}: {answer['reason']}", markup=False)
    if follow:
        _say_ending(watch(operations, answer["run"], console), console)


def _operations(*, lab: bool) -> Operations:
    if lab:
        return standing_lab().operations()
    configuration = configuration_from_cdk_json(CONFIGURATION)
    stack = f"landbridge-{configuration.workload}-orchestrator"
    return Operations(stack, configuration.orchestrator_region)


def _say_ending(run: Execution, console: Console) -> None:
    if run.status == "SUCCEEDED":
        observed = run.state.get("observed", {})
        already = observed.get("situation") == "on_azure"
        console.print("Already on Azure: nothing was touched." if already else "Azure serves.")
        return
    ending = run.state.get("record", {})
    console.print(ending.get("message") or f"{run.error}: {run.cause}", markup=False)
    raise typer.Exit(REFUSED)
