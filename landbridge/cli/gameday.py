"""``landbridge gameday``: a rehearsal in AWS or in a lab that is up, its abort, the next one."""

import getpass
import time
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console

from landbridge.cli.orchestrator import CONFIGURATION, operations_of, say_refusal, start_run
from landbridge.domain.starting import parse_request

__all__ = ["gameday"]

_BY_HAND = "by hand"


def gameday(
    reason: Annotated[str, typer.Option(help="Why, in a sentence; it goes into the record.")] = "",
    abort: Annotated[
        bool, typer.Option("--abort", help="End the GameDay that is on at the nearest safe state.")
    ] = False,
    following: Annotated[
        bool, typer.Option("--next", help="Say when the schedule has the next one.")
    ] = False,
    unplanned: Annotated[
        bool,
        typer.Option(
            "--unplanned", help="No switchover: the votes must say that AWS is down, by your fault."
        ),
    ] = False,
    follow: Annotated[bool, typer.Option("--watch", help="Show it until it ends.")] = False,
    lab: Annotated[
        bool, typer.Option("--lab", help="In the lab that is up on this machine.")
    ] = False,
) -> None:
    """Rehearse: to Azure, serve there for a while, home again; or stop a rehearsal that is on."""
    if abort and following:
        raise typer.BadParameter("one of --abort and --next", param_hint="--abort")
    console = Console()
    if following:
        _say_next(console)
        return
    event = {
        "trigger": "manual",
        "reason": reason.strip() or _BY_HAND,
        "occurred_at": time.time(),
        "planned": not unplanned,
    }
    # Whose words they are, they are shown to others: an abort's as well.
    parse_request(event, time.time())
    operations = operations_of(lab=lab)
    if abort:
        name = operations.abort_gameday(by=getpass.getuser(), reason=str(event["reason"]))
        said = "its run that is on ends first, and the workload comes home"
        console.print(f"Aborted: {name} ends; {said}.", markup=False)
        return
    run = start_run(operations, "gameday", event, console)
    if follow:
        from landbridge.cli.watching import watch

        ended = watch(operations, run, console)
        if ended.status != "SUCCEEDED":
            say_refusal(ended, console)
        console.print("Azure served, and AWS serves again.")


def _say_next(console: Console) -> None:
    from landbridge.configuration import configuration_from_cdk_json
    from landbridge.domain.blocked_windows import next_gameday, zone_named

    options = configuration_from_cdk_json(CONFIGURATION).gameday
    if options.schedule is None:
        console.print("No GameDay is scheduled: cdk.json has no gameday.schedule.", markup=False)
        return
    moment = next_gameday(options.schedule.schedule(), options.time_zone, time.time())
    if moment is None:
        console.print("The schedule has no GameDay within a year.", markup=False)
        return
    local = datetime.fromtimestamp(moment, zone_named(options.time_zone))
    console.print(f"{local:%Y-%m-%d %H:%M} {options.time_zone}", markup=False)
