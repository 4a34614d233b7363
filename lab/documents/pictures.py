"""``python -m lab.documents.pictures``: draw docs/pictures from real runs, played now.

One drill gives the timelines of both ways and where its outage went; a soak, ``--runs`` drills with
faults drawn by lot, gives how long users and writes stood still over many. No two runs are alike,
so nobody compares these files with new ones: ``lab.documents --check`` asks only that each is
there, and that the page that shows it names this command.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from lab.documents.shown import PICTURES
from lab.drill.drill import run_drill
from lab.drill.options import DrillOptions
from lab.drill.soak import play_soak
from lab.report.distribution import distribution_picture
from lab.report.failback import failback_view
from lab.report.model import RunRecord
from lab.report.outage import outage_picture
from lab.report.timeline import timeline_picture

__all__ = ["main"]

ROOT = Path(__file__).resolve().parents[2]
REPORTS = Path("reports")


def main(arguments: list[str] | None = None) -> int:
    """Play, draw, and say what was drawn; 1 where the drill was none to show."""
    asked = _asked(arguments)
    console = Console()
    drill = run_drill(DrillOptions(seed=asked.seed), REPORTS, console)
    if not drill.held or drill.record.failback is None:
        console.print("The drill broke a promise: nothing is drawn.", style="bold red")
        return 1
    soak = asked.soak and json.loads(asked.soak.read_text(encoding="utf-8"))
    if not soak:
        soak = play_soak(asked.runs, asked.seed, REPORTS, console, None, jobs=2).document()
    for name, svg in _drawn(drill.record, soak).items():
        (ROOT / PICTURES[name].path).write_text(svg, encoding="utf-8")
        console.print(f"{PICTURES[name].path}: drawn", markup=False)
    return 0


def _asked(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lab.documents.pictures")
    parser.add_argument("--seed", type=int, default=1, help="of the drill and the soak")
    parser.add_argument("--runs", type=int, default=12, help="drills of the soak")
    parser.add_argument("--soak", type=Path, help="what landbridge soak --json wrote, in its place")
    return parser.parse_args(arguments)


def _drawn(run: RunRecord, soak: Mapping[str, Any]) -> dict[str, str]:
    """Return each picture by its name."""
    assert run.failback is not None  # noqa: S101 - the caller's, for the type checker
    return {
        "failover": timeline_picture(run),
        "failback": timeline_picture(failback_view(run, run.failback)),
        "outage": outage_picture(run),
        "soak": distribution_picture(soak),
    }


if __name__ == "__main__":
    sys.exit(main())
