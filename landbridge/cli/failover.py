"""``landbridge failover``: a person starts the machine, in AWS or in a lab that is up."""

import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from landbridge.cli.choices import All, Workload
from landbridge.cli.orchestrator import operations_of, say_refusal, start_run

if TYPE_CHECKING:
    from landbridge.adapters.operations import Execution

__all__ = ["failover"]


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
    everything: All = False,
    workload: Workload = "",
    lab: Annotated[
        bool, typer.Option("--lab", help="In the lab that is up on this machine.")
    ] = False,
) -> None:
    """Fail over to Azure, or go on with a failover that stopped half way."""
    if resume and not reason:
        reason = "resumed by an operator"
    if not reason.strip():
        raise typer.BadParameter(
            'say why, for the record: --reason "AWS does not answer"', param_hint="--reason"
        )
    console = Console()
    event = {
        "trigger": "manual",
        "reason": reason,
        "occurred_at": time.time(),
        "planned": planned,
        "accept_data_loss": accept_data_loss,
        "force": force,
    }
    if everything:
        from landbridge.cli.waves import move_all

        move_all("failover", event, console, workload=workload, follow=follow, lab=lab)
        return
    operations = operations_of(lab=lab, workload=workload)
    run = start_run(operations, "failover", event, console)
    if follow:
        from landbridge.cli.watching import watch

        _say_ending(watch(operations, run, console), console)


def _say_ending(run: "Execution", console: Console) -> None:
    if run.status != "SUCCEEDED":
        say_refusal(run, console)
    already = run.state.get("observed", {}).get("situation") == "on_azure"
    console.print("Already on Azure: nothing was touched." if already else "Azure serves.")
