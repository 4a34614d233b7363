"""``landbridge drill``: two clouds up, traffic on, faults, failover, failback, report."""

import shutil
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from landbridge.cli.choices import Executor, Jobs, Replication, known_faults, writable_file
from landbridge.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from lab.drill.options import DrillOptions, Trigger
    from lab.faults.asking import Asked

__all__ = ["drill"]

REPORTS = Path("reports")
BROKEN_PROMISE = 1


class StartedBy(StrEnum):
    """What starts the way out, as ``lab.drill.options.Trigger`` has it, or each but the hand."""

    ALARM = "alarm"
    WATCHDOG = "watchdog"
    TIMER = "timer"
    HAND = "hand"
    EACH = "each"


def drill(
    faults: Annotated[
        list[str] | None,
        typer.Option(
            "--fault",
            help="What goes wrong, as lag@+2s/5s; repeatable; region-loss where none is given."
            " See `landbridge faults`.",
            callback=known_faults,
        ),
    ] = None,
    matrix: Annotated[
        bool,
        typer.Option(
            "--matrix",
            help="Each fault (or each --fault) in each replication mode, with AWS lost and alone.",
        ),
    ] = False,
    alone: Annotated[
        bool, typer.Option("--alone", help="Add no outage to what is asked for.")
    ] = False,
    replication: Annotated[
        Replication, typer.Option(help="How AWS replicates.")
    ] = Replication.SYNC,
    executor: Annotated[
        Executor | None,
        typer.Option(
            help="Who leads the way out: AWS's state machine, or a takeover in Azure, with every"
            " API of AWS denied from the fault on."
        ),
    ] = None,
    trigger: Annotated[
        StartedBy | None,
        typer.Option(
            help="What starts it: alarm or watchdog in AWS, timer or hand (POST /api/takeover) in"
            " Azure; each: alarm, watchdog and timer, one after the other."
        ),
    ] = None,
    clients: Annotated[int, typer.Option(min=1, max=200, help="Users.")] = 8,
    rate: Annotated[float, typer.Option(min=1, max=2000, help="Writes per second, in all.")] = 60.0,
    realtime: Annotated[
        bool, typer.Option("--realtime", help="Route 53's true clocks: 10 s x 3, TTL 60.")
    ] = False,
    ttl_seconds: Annotated[
        int | None,
        typer.Option(min=1, max=3600, help="The records' TTL; 1 by default, 60 with --realtime."),
    ] = None,
    pod_start_seconds: Annotated[
        float, typer.Option(min=0, max=300, help="Imitate slower pods.")
    ] = 0.0,
    promotion_delay_seconds: Annotated[
        float, typer.Option(min=0, max=300, help="Imitate a slower promotion.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="Of the users' arrivals.")] = 1,
    data_megabytes: Annotated[
        int, typer.Option(min=0, max=20_000, help="Data in AWS's database to begin with, in MB.")
    ] = 0,
    failback: Annotated[
        bool, typer.Option("--failback/--no-failback", help="And home again, after a while.")
    ] = True,
    jobs: Jobs = 1,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", help="Also write the report's JSON here.", callback=writable_file),
    ] = None,
) -> None:
    """Rehearse a failover and the way home in the lab; exit 0 only if every promise held."""
    if alone and not (faults or matrix):
        raise typer.BadParameter("--alone needs a --fault: what goes wrong alone")
    started_by = _started_by(executor, trigger, matrix=matrix, alone=alone)
    drills = [
        _options(
            faults or [],
            alone=alone,
            started_by=one,
            replication=replication.value,
            realtime=realtime,
            ttl_seconds=ttl_seconds,
            pod_start_seconds=pod_start_seconds,
            promotion_delay_seconds=promotion_delay_seconds,
            clients=clients,
            rate=rate,
            seed=seed,
            failback=failback,
            data_megabytes=data_megabytes,
        )
        for one in started_by
    ]
    if len(drills) > 1:
        held = _each(drills, json_file)
    else:
        (options,) = drills
        held = _matrix(options, faults, json_file, jobs) if matrix else _one(options, json_file)
    if not held:
        raise typer.Exit(BROKEN_PROMISE)


def _started_by(
    executor: Executor | None, trigger: StartedBy | None, *, matrix: bool, alone: bool
) -> "list[Trigger]":
    """Return the triggers to play; typer.BadParameter where executor and trigger do not fit."""
    from lab.drill.options import Trigger

    if trigger is StartedBy.EACH:
        if executor is not None or matrix or alone:
            raise typer.BadParameter(
                "--trigger each goes with no --executor, --matrix or --alone: it plays both"
                " executors with AWS lost"
            )
        return [Trigger.ALARM, Trigger.WATCHDOG, Trigger.TIMER]
    if trigger is None:
        return [Trigger.TIMER if executor is Executor.AZURE else Trigger.ALARM]
    one = Trigger(trigger.value)
    if executor is not None and one.executor != executor.value:
        raise typer.BadParameter(
            f"--trigger {one} starts nothing in {executor}: give --executor {one.executor}, or no"
            " --executor"
        )
    return [one]


def _options(
    faults: list[str],
    *,
    alone: bool,
    started_by: "Trigger",
    replication: str,
    realtime: bool,
    ttl_seconds: int | None,
    pod_start_seconds: float,
    promotion_delay_seconds: float,
    **others: Any,
) -> "DrillOptions":
    from lab.clouds.options import LabOptions
    from lab.drill.options import DrillOptions, faults_for, lab_for
    from lab.faults.asking import parse_fault
    from lab.faults.choosing import completed, impossible, need_paths

    named = [parse_fault(text) for text in faults]
    if alone and named:
        _check_alone(named)
    asked = completed(faults_for(started_by, named), replication, alone=alone and bool(named))
    why_not = impossible(asked)
    if why_not:
        raise ConfigurationError(f"this machine cannot have the fault: {why_not}")
    lab = LabOptions(
        replication=replication,
        realtime=realtime,
        ttl_seconds=ttl_seconds,
        pod_start_seconds=pod_start_seconds,
        promotion_delay_seconds=promotion_delay_seconds,
        paths=need_paths(asked),
    )
    lab = lab_for(started_by, lab)
    return DrillOptions(lab=lab, faults=asked, alone=alone, trigger=started_by, **others)


def _check_alone(named: "list[Asked]") -> None:
    """Refuse what makes no drill without an outage."""
    for one in named:
        if one.leg == "home":
            raise typer.BadParameter(
                f"--alone: {one} acts on the way home, and there is none: leave --alone out"
            )


def _one(options: "DrillOptions", json_file: Path | None) -> bool:
    from lab.drill.drill import run_drill

    outcome = run_drill(options, REPORTS, Console())
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(outcome.paths.json, json_file)
    return outcome.held


def _each(drills: "list[DrillOptions]", json_file: Path | None) -> bool:
    """Play one drill after the other; print them as one table."""
    from lab.drill.matrix import play_drills

    trials = play_drills(drills, REPORTS, Console(), json_file)
    return all(trial.passed for trial in trials)


def _matrix(
    options: "DrillOptions", faults: list[str] | None, json_file: Path | None, jobs: int
) -> bool:
    from lab.drill.matrix import play_matrix, whole_matrix

    trials = play_matrix(whole_matrix(options, faults or []), REPORTS, Console(), json_file, jobs)
    return all(trial.passed for trial in trials)
