"""``landbridge failback``, ``approve`` and ``reject``: the way home, in AWS or in a lab."""

import getpass
import time
from typing import Annotated

import typer
from rich.console import Console

from landbridge.cli.choices import All, Workload, run_name
from landbridge.cli.orchestrator import operations_of, say_refusal, start_run

__all__ = ["approve", "failback", "reject"]

Lab = Annotated[bool, typer.Option("--lab", help="In the lab that is up on this machine.")]
Run = Annotated[
    str,
    typer.Argument(help="The run's name, as the request for approval has it.", callback=run_name),
]


def failback(
    reason: Annotated[
        str, typer.Option(help="Why, in a sentence; it goes into the record.")
    ] = "AWS is back",
    discard_forked_rows: Annotated[
        bool,
        typer.Option(
            "--discard-forked-rows", help="Lose what only the old AWS primary has, unexported."
        ),
    ] = False,
    follow: Annotated[bool, typer.Option("--watch", help="Show the run until it ends.")] = False,
    everything: All = False,
    workload: Workload = "",
    lab: Lab = False,
) -> None:
    """Bring the workload home to AWS, or go on with a failback that stopped half way."""
    if not reason.strip():
        raise typer.BadParameter('say why: --reason "AWS is back"', param_hint="--reason")
    console = Console()
    event = {
        "trigger": "manual",
        "reason": reason,
        "occurred_at": time.time(),
        "discard_forked_rows": discard_forked_rows,
    }
    if everything:
        from landbridge.cli.waves import move_all

        move_all("failback", event, console, workload=workload, follow=follow, lab=lab)
        return
    operations = operations_of(lab=lab, workload=workload)
    run = start_run(operations, "failback", event, console)
    if follow:
        from landbridge.cli.watching import watch

        ended = watch(operations, run, console)
        if ended.status != "SUCCEEDED":
            say_refusal(ended, console)
        console.print("AWS serves again, and Azure is its standby.")


def approve(run: Run, workload: Workload = "", lab: Lab = False) -> None:
    """Let a failback that asked hold the writes and switch over."""
    operations_of(lab=lab, workload=workload).decide(run, approved=True, by=getpass.getuser())
    Console().print(f"Approved: {run} goes on.", markup=False)


def reject(run: Run, workload: Workload = "", lab: Lab = False) -> None:
    """Tell a failback that asked to leave Azure serving."""
    operations_of(lab=lab, workload=workload).decide(run, approved=False, by=getpass.getuser())
    Console().print(f"Rejected: {run} ends, and Azure goes on serving.", markup=False)
