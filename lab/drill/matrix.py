"""Each fault in each mode of replication, with an outage and alone: one table."""

import dataclasses
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from lab.drill.options import DrillOptions, faults_for
from lab.drill.trial import Trial, play_trial, print_trials
from lab.faults.asking import Asked, parse_fault
from lab.faults.catalogue import FAULTS
from lab.faults.choosing import completed, need_paths
from lab.faults.fault import Effect

__all__ = ["play_all", "play_drills", "play_matrix", "whole_matrix"]

MODES = ("sync", "async")


def whole_matrix(options: DrillOptions, faults: Sequence[str]) -> list[DrillOptions]:
    """Return the drills: of each of ``faults``, or of every one that this machine can have.

    A fault that makes a failover harder is played with the loss of AWS, and alone where it has
    something to act on then.
    """
    asked = [parse_fault(text) for text in faults or _rows()]
    return [
        _with(options, one, mode, alone=alone)
        for one in asked
        for mode in MODES
        for alone in (False, True)
        if _has(options, one, mode, alone=alone)
    ]


def _rows() -> list[str]:
    """Return every fault that this machine can have, with each argument that makes another row."""
    return [
        f"{fault.name}:{argument}" if argument else fault.name
        for fault in FAULTS.values()
        if not fault.why_not()
        for argument in fault.rows or fault.arguments or ("",)
    ]


def _has(options: DrillOptions, one: Asked, mode: str, *, alone: bool) -> bool:
    is_companion = one.effect(mode) is Effect.COMPANION
    if not alone:
        return not (options.alone and is_companion)
    return is_companion and one.leg == "out" and one.fault.can_be_alone(one.argument)


def _with(options: DrillOptions, one: Asked, mode: str, *, alone: bool) -> DrillOptions:
    faults = completed(faults_for(options.trigger, [one]), mode, alone=alone)
    lab = dataclasses.replace(options.lab, replication=mode, paths=need_paths(faults))
    return dataclasses.replace(options, lab=lab, faults=faults, alone=alone)


def play_matrix(
    drills: Sequence[DrillOptions],
    reports: Path,
    console: Console,
    json_file: Path | None,
    jobs: int = 1,
) -> list[Trial]:
    """Play them all, print the table, and write it as JSON where a file is given."""
    for fault in FAULTS.values():
        if fault.why_not():
            console.print(f"[yellow]skipped[/] {fault.name}: {fault.why_not()}")
    return play_drills(drills, reports, console, json_file, jobs)


def play_drills(
    drills: Sequence[DrillOptions],
    reports: Path,
    console: Console,
    json_file: Path | None,
    jobs: int = 1,
) -> list[Trial]:
    """Play these drills, print the table, and write it as JSON where a file is given."""
    trials = play_all(drills, reports, console, jobs)
    print_trials(trials, console)
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        document = {"schema": 1, "trials": [dataclasses.asdict(one) for one in trials]}
        json_file.write_text(json.dumps(document, indent=2) + "\n")
    return trials


def play_all(
    drills: Sequence[DrillOptions], reports: Path, console: Console, jobs: int = 1
) -> list[Trial]:
    """Play the drills, ``jobs`` at a time, beneath a bar; what fails is printed at once."""
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console) as progress, ThreadPoolExecutor(jobs) as pool:
        bar = progress.add_task("", total=len(drills))

        def one(options: DrillOptions) -> Trial:
            said = f"{options.fault} ({options.lab.replication})"

            def told(sentence: str) -> None:
                progress.update(bar, description=escape(f"{said}: {sentence}"[:120]))

            trial = play_trial(options, reports, told)
            progress.advance(bar)
            _tell(trial, progress.console)
            return trial

        return list(pool.map(one, drills))


def _tell(trial: Trial, console: Console) -> None:
    if not console.is_terminal:
        console.print(f"{trial.seconds:6.1f} s  {trial.outcome:12}{trial.command}", markup=False)
    if not trial.passed:
        console.print(f"BROKEN: {'; '.join(trial.against)}", style="bold red", markup=False)
        console.print(f"  again: {trial.command}", markup=False, soft_wrap=True)
