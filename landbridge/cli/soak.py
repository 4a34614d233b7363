"""``landbridge soak``: many drills with faults drawn by lot; exit 0 only if nothing was found."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from landbridge.cli.choices import Executor, Jobs, writable_file

__all__ = ["soak"]

REPORTS = Path("reports")
FOUND_SOMETHING = 1


def soak(
    runs: Annotated[int, typer.Option(min=1, max=10_000, help="Drills to play.")] = 10,
    seed: Annotated[
        int, typer.Option(min=0, help="Of the lot: the same seed, the same drills.")
    ] = 1,
    executor: Annotated[
        Executor, typer.Option(help="Who leads the ways out: see `landbridge drill`.")
    ] = Executor.AWS,
    jobs: Jobs = 1,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", help="Also write the result here.", callback=writable_file),
    ] = None,
) -> None:
    """Play drills with random faults at random moments, on both ways."""
    from lab.drill.options import Trigger
    from lab.drill.soak import play_soak

    trigger = Trigger.HAND if executor is Executor.AZURE else Trigger.ALARM
    soak = play_soak(runs, seed, REPORTS, Console(), json_file, jobs=jobs, trigger=trigger)
    if not soak.passed:
        raise typer.Exit(FOUND_SOMETHING)
