"""``landbridge gameday``: a rehearsal in AWS or in a lab, its abort, the next one."""

import getpass
import time
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from landbridge.cli.choices import Workload, known_faults
from landbridge.cli.orchestrator import CONFIGURATION, operations_of, say_refusal, start_run
from landbridge.domain.starting import parse_request

if TYPE_CHECKING:
    from landbridge.adapters.operations import Operations

__all__ = ["gameday"]

_BY_HAND = "by hand"
_BROKEN_PROMISE = 1


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
            "--unplanned",
            help="No switchover: the failover that a fault of yours starts, after the notice.",
        ),
    ] = False,
    follow: Annotated[bool, typer.Option("--watch", help="Show it until it ends.")] = False,
    workload: Workload = "",
    lab: Annotated[
        bool,
        typer.Option(
            "--lab", help="In the lab that is up; where none is, a whole one in a lab of its own."
        ),
    ] = False,
    faults: Annotated[
        list[str] | None,
        typer.Option(
            "--fault",
            help="A whole one in a lab of its own, moved by this fault; repeatable."
            " See `landbridge faults`.",
            callback=known_faults,
        ),
    ] = None,
) -> None:
    """Rehearse: to Azure, serve there for a while, home again; or stop a rehearsal that is on."""
    _check(abort=abort, following=following, lab=lab, faults=faults)
    console = Console()
    if following:
        _say_next(console, workload)
        return
    if not abort and _is_whole(lab=lab, faults=faults):
        _play(faults or [], console, unplanned=unplanned)
        return
    event = {
        "trigger": "manual",
        "reason": reason.strip() or _BY_HAND,
        "occurred_at": time.time(),
        "planned": not unplanned,
    }
    # Whose words they are, they are shown to others: an abort's as well.
    parse_request(event, time.time())
    operations = operations_of(lab=lab, workload=workload)
    if abort:
        name = operations.abort_gameday(by=getpass.getuser(), reason=str(event["reason"]))
        said = "its run that is on ends first, and the workload comes home"
        console.print(f"Aborted: {name} ends; {said}.", markup=False)
        return
    run = start_run(operations, "gameday", event, console)
    if follow:
        _follow(operations, run, console)


def _check(*, abort: bool, following: bool, lab: bool, faults: list[str] | None) -> None:
    """Refuse options that say two things at once."""
    if abort and following:
        raise typer.BadParameter("one of --abort and --next", param_hint="--abort")
    if faults and (abort or following):
        raise typer.BadParameter("--fault begins a GameDay: leave the other option out")
    if faults and not lab:
        raise typer.BadParameter("the faults are the lab's: give --lab too", param_hint="--fault")


def _is_whole(*, lab: bool, faults: list[str] | None) -> bool:
    """Whether a lab is to be brought up for it: one that is up has no faults to make."""
    if not lab:
        return False
    from lab.clouds.standing import lab_is_up

    return bool(faults) or not lab_is_up()


def _play(faults: list[str], console: Console, *, unplanned: bool) -> None:
    """Bring a lab up, play a whole one with users in it, judge it, keep its report."""
    from lab.clouds.options import LabOptions
    from lab.drill.drill import run_drill
    from lab.drill.options import DrillOptions
    from lab.faults.asking import parse_fault
    from lab.faults.choosing import completed, impossible, need_paths
    from lab.faults.fault import Effect
    from landbridge.adapters.kept_reports import REPORTS
    from landbridge.domain.errors import ConfigurationError

    lab = LabOptions()
    named = [parse_fault(text) for text in faults]
    asked = completed(named, lab.replication) if named or unplanned else ()
    why_not = impossible(asked)
    if why_not:
        raise ConfigurationError(f"this machine cannot have the fault: {why_not}")
    if asked and not any(one.effect(lab.replication) is Effect.OUTAGE for one in asked):
        raise typer.BadParameter("no failover comes of it: name an outage", param_hint="--fault")
    lab = LabOptions(paths=need_paths(asked))
    options = DrillOptions(lab=lab, faults=asked, gameday=True)
    if not run_drill(options, REPORTS, console).held:
        raise typer.Exit(_BROKEN_PROMISE)


def _follow(operations: "Operations", run: str, console: Console) -> None:
    from landbridge.cli.watching import watch

    ended = watch(operations, run, console)
    if ended.status != "SUCCEEDED":
        say_refusal(ended, console)
    console.print("Azure served, and AWS serves again.")


def _say_next(console: Console, workload: str) -> None:
    from landbridge.configuration import configuration_from_cdk_json
    from landbridge.domain.local_times import next_gameday, zone_named

    options = configuration_from_cdk_json(CONFIGURATION, workload).gameday
    if options.schedule is None:
        console.print("No GameDay is scheduled: cdk.json has no gameday.schedule.", markup=False)
        return
    moment = next_gameday(options.schedule.schedule(), options.time_zone, time.time())
    if moment is None:
        console.print("The schedule has no GameDay within a year.", markup=False)
        return
    local = datetime.fromtimestamp(moment, zone_named(options.time_zone))
    console.print(f"{local:%Y-%m-%d %H:%M} {options.time_zone}", markup=False)
