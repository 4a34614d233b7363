"""Many drills with faults drawn by lot: what they show together, and how to play one again."""

import dataclasses
import json
import random
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from lab.clouds.options import LabOptions
from lab.drill.matrix import MODES, play_all
from lab.drill.options import DrillOptions, Trigger, faults_for, lab_for
from lab.drill.trial import Trial, print_trials
from lab.faults.choosing import completed, drawn, impossible, need_paths
from lab.faults.fault import Effect

__all__ = ["Soak", "drills_of", "play_soak"]

SEEDS_APART = 100_003  # two soaks with neighbouring seeds share no drill


@dataclass(frozen=True)
class Soak:
    """The drills of one soak."""

    seed: int
    trials: tuple[Trial, ...]
    # Drills that were drawn and that this machine cannot have: the command, and why.
    skipped: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the judge found nothing in any of them."""
        return bool(self.trials) and all(trial.passed for trial in self.trials)

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it; percentiles are null where nothing was measured."""
        return {
            "schema": 1,
            "seed": self.seed,
            "passed": self.passed,
            "outcomes": dict(Counter(trial.outcome for trial in self.trials)),
            "rto_seconds": _percentiles([trial.rto_seconds for trial in self.trials]),
            "hold_seconds": _percentiles([trial.hold_seconds for trial in self.trials]),
            "worst_rpo_seconds": max((trial.rpo_seconds for trial in self.trials), default=0.0),
            "skipped": list(self.skipped),
            "failing": [trial.command for trial in self.trials if not trial.passed],
            "trials": [dataclasses.asdict(trial) for trial in self.trials],
        }


def drills_of(runs: int, seed: int, trigger: Trigger = Trigger.ALARM) -> list[DrillOptions]:
    """Return the drills of a soak: the same for the same seed, on whatever machine.

    Where takeovers lead the way out every drill has an outage: what is none is for the alarm.
    """
    drills = []
    for number in range(runs):
        own = seed * SEEDS_APART + number
        chance = random.Random(own)  # noqa: S311 - a rehearsal's dice
        mode = chance.choice(MODES)
        lot = drawn(chance, mode)
        quiet = all(one.effect(mode) is not Effect.OUTAGE for one in lot)
        alone = quiet and trigger.executor == "aws"
        faults = completed(faults_for(trigger, lot), mode, alone=alone)
        lab = lab_for(trigger, LabOptions(replication=mode, paths=need_paths(faults)))
        options = DrillOptions(lab=lab, faults=faults, seed=own, alone=alone, trigger=trigger)
        drills.append(options)
    return drills


def play_soak(
    runs: int,
    seed: int,
    reports: Path,
    console: Console,
    json_file: Path | None,
    *,
    jobs: int = 1,
    trigger: Trigger = Trigger.ALARM,
) -> Soak:
    """Play a soak, print what it shows, and write it as JSON where a file is given."""
    drills = drills_of(runs, seed, trigger)
    possible = [one for one in drills if not impossible(one.faults)]
    skipped = [f"{one.command}: {why}" for one in drills if (why := impossible(one.faults))]
    soak = Soak(seed, tuple(play_all(possible, reports, console, jobs)), tuple(skipped))
    print_trials(soak.trials, console)
    for line in _summary(soak.document()):
        console.print(line, markup=False, soft_wrap=True)
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(json.dumps(soak.document(), indent=2) + "\n")
    return soak


def _percentiles(values: Sequence[float | None]) -> dict[str, float] | None:
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    if len(known) == 1:
        return {"p50": known[0], "p95": known[0]}
    cuts = statistics.quantiles(known, n=100, method="inclusive")
    return {"p50": round(cuts[49], 3), "p95": round(cuts[94], 3)}


def _summary(document: dict[str, Any]) -> list[str]:
    outcomes = ", ".join(f"{count} {name}" for name, count in document["outcomes"].items())
    lines = [f"{len(document['trials'])} drills: {outcomes}"]
    for name, title in (("rto_seconds", "RTO"), ("hold_seconds", "hold")):
        if document[name]:
            lines.append(
                f"{title}: p50 {document[name]['p50']:.1f} s, p95 {document[name]['p95']:.1f} s"
            )
    lines.append(f"worst RPO: {document['worst_rpo_seconds']:.2f} s")
    lines += [f"skipped on this machine: {what}" for what in document["skipped"]]
    lines += [f"failed; play it again with: {command}" for command in document["failing"]]
    return lines
