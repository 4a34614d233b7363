"""The hold of a failback, as users lived it, with little and with much data."""

import tempfile
from pathlib import Path

from rich.console import Console

from lab.bench.measure import Measure
from lab.clouds.options import LabOptions
from lab.drill.drill import run_drill
from lab.drill.options import DrillOptions

__all__ = ["compare_holds"]


def compare_holds(
    console: Console, *, little_megabytes: int = 100, much_megabytes: int = 2048
) -> list[Measure]:
    """Return the measure of two drills; ours is the one with much data."""
    much, little = (_hold(console, size) for size in (much_megabytes, little_megabytes))
    return [Measure(f"hold, {much_megabytes} MB", "s", much, little, f"with {little_megabytes} MB")]


def _hold(console: Console, megabytes: int) -> float:
    options = DrillOptions(lab=LabOptions(), data_megabytes=megabytes)
    with tempfile.TemporaryDirectory() as reports:
        outcome = run_drill(options, Path(reports), console)
    home = outcome.record.failback
    if not outcome.held or home is None or home.hold_seconds is None:
        raise RuntimeError(f"the drill with {megabytes} MB did not come home as promised")
    return home.hold_seconds
