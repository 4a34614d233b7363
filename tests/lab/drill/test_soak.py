"""What many drills show together."""

import dataclasses
import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from lab.drill import soak, trial
from lab.drill.drill import DrillOutcome
from lab.drill.options import DrillOptions, Trigger
from lab.drill.soak import Soak, drills_of, play_soak
from lab.drill.trial import Trial, play_trial, print_trials
from lab.faults.catalogue import FAULTS
from lab.report.example import example_run
from lab.report.model import IdleFault
from lab.report.write import ReportPaths

# Some of the outages that a soak draws.
LOST = [(name, FAULTS[name]) for name in ("region-loss", "health-only")]
GOOD = Trial(
    command="landbridge drill --seed 5",
    fault="region-loss",
    replication="sync",
    outcome="recovered",
    reason=None,
    rto_seconds=4.0,
    hold_seconds=2.0,
    rpo_seconds=0.0,
    missing=0,
    manual_steps=(),
    against=(),
    seconds=50.0,
    report="report.html",
)


def test_a_soak_passes_only_if_nothing_speaks_against_any_drill() -> None:
    """One drill with something against it fails it, and so does none at all."""
    bad = dataclasses.replace(GOOD, against=("a write is missing",), command="again")
    assert Soak(1, (GOOD, GOOD)).passed
    assert not Soak(1, (GOOD, bad)).passed
    assert not Soak(1, ()).passed
    assert Soak(1, (GOOD, bad)).document()["failing"] == ["again"]


def test_percentiles_are_of_what_was_measured() -> None:
    """A drill that never recovered has no RTO, and takes none from the others."""
    slow = dataclasses.replace(GOOD, rto_seconds=8.0, rpo_seconds=1.5)
    refused = dataclasses.replace(GOOD, outcome="refused", rto_seconds=None, hold_seconds=None)
    document = Soak(1, (GOOD, slow, refused)).document()
    assert document["rto_seconds"] == {"p50": 6.0, "p95": 7.8}
    assert document["hold_seconds"] == {"p50": 2.0, "p95": 2.0}
    assert document["worst_rpo_seconds"] == 1.5
    assert document["outcomes"] == {"recovered": 2, "refused": 1}
    assert Soak(1, (refused,)).document()["rto_seconds"] is None


def test_a_drill_that_breaks_is_a_result_and_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lab's own failure speaks against the drill, with the command that plays it again."""

    def broken(*_: object) -> None:
        raise RuntimeError("no port is free")

    monkeypatch.setattr(trial, "play", broken)
    result = play_trial(DrillOptions(seed=9), Path("nowhere"), lambda _sentence: None)
    assert (result.outcome, result.passed) == ("broken", False)
    assert "no port is free" in result.against[0]
    assert "--seed 9" in result.command


def test_a_drill_whose_one_fault_did_nothing_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table says so with the reason, and that nothing was shown speaks against it."""
    idle = (IdleFault("lag", "never began"),)
    outcomes = iter([example_run(idle=idle, must_act=("lag",)), example_run(idle=idle)])
    paths = ReportPaths(*(Path(name) for name in ("a", "b", "c")))
    monkeypatch.setattr(trial, "play", lambda *_: DrillOutcome(next(outcomes), paths))

    alone, of_two = (play_trial(DrillOptions(), Path("x"), lambda _said: None) for _ in range(2))
    assert (alone.outcome, alone.passed) == ("broken", False)
    assert alone.reason == "lag never began"
    assert (of_two.outcome, of_two.passed) == ("recovered", True)
    console = Console(record=True, width=200, quiet=False, file=io.StringIO())
    print_trials([of_two], console)
    assert "lag never began" in console.export_text()


def test_what_a_person_should_look_at_is_in_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """A warning of the judge breaks no drill, and whoever reads the table alone sees it."""
    warned = example_run(warnings=("slow: DNS answered nobody for 3 s",))
    paths = ReportPaths(*(Path(name) for name in ("a", "b", "c")))
    monkeypatch.setattr(trial, "play", lambda *_: DrillOutcome(warned, paths))

    one = play_trial(DrillOptions(), Path("x"), lambda _said: None)
    assert (one.passed, Soak(1, (one,)).passed) == (True, True)
    console = Console(record=True, width=250, file=io.StringIO())
    print_trials([one, dataclasses.replace(one, against=("a write is missing",))], console)
    first, second = [line for line in console.export_text().splitlines() if "slow:" in line]
    assert "look at: slow: DNS answered nobody for 3 s" in first
    assert "a write is missing; look at: slow" in second


def test_a_drill_that_this_machine_cannot_have_is_skipped_by_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is drawn, not played, and both the table and the file say why."""

    def played(options: DrillOptions, *_: object) -> Trial:
        return dataclasses.replace(GOOD, command=options.command)

    monkeypatch.setattr("lab.drill.matrix.play_trial", played)
    cannot = {name: dataclasses.replace(one, why_not=lambda: "no root") for name, one in LOST}
    for name, fault in cannot.items():
        monkeypatch.setitem(FAULTS, name, fault)
    console = Console(record=True, width=200, file=io.StringIO())
    result = play_soak(12, 3, tmp_path, console, None)
    drills = soak.drills_of(12, 3)
    assert 0 < len(result.trials) < len(drills)
    assert len(result.trials) + len(result.skipped) == len(drills)
    assert all("no root" in said for said in result.skipped)
    assert "skipped on this machine: landbridge drill" in console.export_text()


def test_the_result_is_written_for_programs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each drill is in the file, in the order of the lot, whatever ran at the same time."""

    def played(options: DrillOptions, *_: object) -> Trial:
        return dataclasses.replace(GOOD, command=options.command)

    monkeypatch.setattr("lab.drill.matrix.play_trial", played)
    file = tmp_path / "soak.json"
    play_soak(4, 3, tmp_path, Console(quiet=True), file, jobs=2)
    document = json.loads(file.read_text())
    assert [one["command"] for one in document["trials"]] == [
        drill.command for drill in soak.drills_of(4, 3)
    ]
    assert document["passed"] is True


def test_a_soak_of_takeovers_loses_aws_in_every_drill() -> None:
    """What is drawn stays; every API of AWS is away too, and a takeover leads each way out."""
    own, theirs = (drills_of(30, 4, trigger) for trigger in (Trigger.ALARM, Trigger.HAND))
    for mine, other in zip(theirs, own, strict=True):
        names = {one.fault.name for one in mine.faults}
        assert (mine.executor, mine.alone, mine.quiet) == ("azure", False, False)
        assert "aws-control-plane-down" in names
        assert names >= {one.fault.name for one in other.faults if not one.added}
        assert mine.lab.replication == other.lab.replication
