"""What is left of a drill that has been played."""

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import create_autospec

import pytest

from lab.drill import drill
from lab.drill.drill import play
from lab.drill.keeping import read_evidence
from lab.drill.options import DrillOptions
from lab.drill.rehearsal import Teller
from lab.judgement.finding import Finding, Rule
from lab.report.example import example_run
from tests.lab.judgement.simulated import Plan, simulate

EVIDENCE = simulate(Plan())
LOOK = Finding(Rule.RUNS, False, "run 7 stopped half way")
LOST = Finding(Rule.LOSS, True, "1 write is missing")


def played(found: tuple[Finding, ...], monkeypatch: pytest.MonkeyPatch, reports: Path) -> Path:
    """Play a drill without a lab in which the judge finds that; return its report's folder."""
    monkeypatch.setattr(drill, "Clouds", lambda *_: nullcontext())
    monkeypatch.setattr(drill, "rehearse", lambda *_: SimpleNamespace(events=(), gameday=None))
    monkeypatch.setattr(drill, "record_of", lambda *_: example_run())
    monkeypatch.setattr(drill, "judged", lambda *_: (EVIDENCE, found))
    outcome = play(DrillOptions(), reports, create_autospec(Teller))
    assert outcome.held is not any(one.grave for one in found)
    return outcome.paths.json.parent


@pytest.mark.parametrize("found", [(LOOK,), (LOST,), (LOOK, LOST)])
def test_whatever_was_found_can_be_judged_again(
    found: tuple[Finding, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The evidence stands beside the report, also where a person is only to look at it."""
    folder = played(found, monkeypatch, tmp_path)

    assert read_evidence(folder / "evidence.json") == EVIDENCE


def test_a_drill_in_which_nothing_was_found_keeps_no_evidence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """There is nothing to judge again."""
    assert not (played((), monkeypatch, tmp_path) / "evidence.json").exists()
