"""The command that draws the pages' pictures, with runs that nobody has to wait for."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.documents import pictures
from lab.documents.shown import PICTURES
from lab.drill.drill import DrillOutcome
from lab.report.example import FAULT, example_run
from lab.report.failback_model import Failback
from lab.report.model import RunRecord, Step
from lab.report.write import ReportPaths

HOME = Failback(
    run="failback-1",
    outcome="recovered",
    reason=None,
    started=FAULT + 20,
    ended=FAULT + 32,
    aws_back=FAULT + 18,
    last_azure_write=FAULT + 25,
    first_aws_write=FAULT + 27.4,
    writes_by_aws=100,
    hold_budget_seconds=30.0,
    unprotected_seconds=20.0,
    steps=(Step("Hold Writes", FAULT + 25, 0.3), Step("Close Gate", FAULT + 27, 0.2)),
)
SOAK: dict[str, Any] = {
    "seed": 4,
    "outcomes": {"recovered": 1},
    "rto_seconds": {"p50": 4.0, "p95": 4.0},
    "hold_seconds": {"p50": 2.0, "p95": 2.0},
    "trials": [{"replication": "sync", "rto_seconds": 4.0, "hold_seconds": 2.0}],
}


def played(monkeypatch: pytest.MonkeyPatch, root: Path, run: RunRecord) -> list[str]:
    """Let the drill be this run; return the words that are given to the command."""
    (root / "docs" / "pictures").mkdir(parents=True)
    (root / "soak.json").write_text(json.dumps(SOAK))
    paths = ReportPaths(*(root / name for name in ("a", "b", "c")))
    monkeypatch.setattr(pictures, "ROOT", root)
    monkeypatch.setattr(pictures, "run_drill", lambda *_: DrillOutcome(run, paths))
    return ["--soak", str(root / "soak.json")]


def test_each_picture_is_drawn_of_the_run_that_was_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both ways, where the outage went, and the soak that it was given."""
    words = played(monkeypatch, tmp_path, example_run(failback=HOME, findings=()))
    assert pictures.main(words) == 0
    drawn = {name: (tmp_path / one.path).read_text() for name, one in PICTURES.items()}
    assert "Promote Standby" in drawn["failover"]
    assert "writes held at" in drawn["failback"]
    assert "orchestration" in drawn["outage"]
    assert "1 drills with faults drawn by lot (seed 4)" in drawn["soak"]


def test_a_drill_that_broke_a_promise_is_not_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pages keep the pictures that they have."""
    broken = example_run(failback=HOME, findings=("two sites took writes",))
    assert pictures.main(played(monkeypatch, tmp_path, broken)) == 1
    without = replace(example_run(findings=()), failback=None)
    monkeypatch.setattr(
        pictures, "run_drill", lambda *_: DrillOutcome(without, ReportPaths(*[tmp_path] * 3))
    )
    assert pictures.main(["--soak", str(tmp_path / "soak.json")]) == 1
    assert list((tmp_path / "docs" / "pictures").iterdir()) == []
