"""The failover's machine walked with steps in processes of their own, which die, hang and fail."""

import time
from pathlib import Path
from typing import Any

import pytest

from landbridge.domain.history import StepRecord
from landbridge.domain.machine.moving import begin
from landbridge.domain.machine.reading import read_machine
from landbridge.domain.plan import FAILOVER
from landbridge.takeover.calls import load_steps
from landbridge.takeover.executing import Execution
from landbridge.takeover.journal import Journal, parse_journal

TEXT = (Path(__file__).parents[2] / "statemachines/failover.asl.json").read_text(encoding="utf-8")
# Retries' pauses and a hung step's limit are the machine's own; a test has no time for them.
QUICK = TEXT.replace('"IntervalSeconds": 1', '"IntervalSeconds": 0').replace(
    '"TimeoutSeconds": 25', '"TimeoutSeconds": 1'
)
DOUBLE = "tests.takeover.double"
ALL = [step.name for step in FAILOVER if step.name != "undo_failover"]


class Run:
    """One run whose folder scripts its steps; it may be begun again from what was kept."""

    def __init__(self, folder: Path, text: str = QUICK) -> None:
        self.folder, self.machine = folder, read_machine(text)
        self.kept: list[dict[str, Any]] = []

    def script(self, name: str, text: str = "") -> None:
        """Write a file that the doubled steps read."""
        (self.folder / name).write_text(text, encoding="utf-8")

    def begin(self) -> Journal:
        """Run it from the start."""
        context = {"Execution": {"Id": "x", "Name": str(self.folder), "StartTime": "2026-11-28"}}
        frame = begin(self.machine, {"reason": "a test"}, context)
        return self.go_on(Journal(context, frame))

    def go_on(self, journal: Journal) -> Journal:
        """Run it from there."""
        load_steps([DOUBLE])
        return Execution(self.machine, journal, self._keep, lambda _: DOUBLE).run()

    def _keep(self, journal: Journal) -> None:
        self.kept.append(journal.document())

    def calls(self, step: str) -> int:
        """Return how often the step was called."""
        file = self.folder / f"{step}.calls"
        return len(file.read_text(encoding="utf-8").splitlines()) if file.exists() else 0


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Give a run that goes well unless its script says otherwise."""
    return Run(tmp_path)


def results(journal: Journal) -> dict[str, str]:
    """Return how each step ended, in the order of their beginning."""
    return {step.name: step.result for step in journal.steps}


def test_a_takeover_walks_the_whole_machine(run: Run) -> None:
    """Every step once, each with its clock, and the machine's own end."""
    began = time.time()
    journal = run.begin()
    assert (journal.frame.state, journal.frame.ended) == ("Recovered", "succeeded")
    assert results(journal) == dict.fromkeys(ALL, "done")
    assert all(run.calls(step) == 1 for step in ALL)
    assert all(_within(step, began) for step in journal.steps)


def _within(step: StepRecord, began: float) -> bool:
    return began <= step.started_at <= (step.ended_at or 0) <= time.time()


def test_a_step_that_dies_is_called_again(run: Run) -> None:
    """Lambda's name for it is among the errors that the machine retries."""
    run.script("promote_standby.die")
    assert run.begin().frame.state == "Recovered"
    assert run.calls("promote_standby") == 2


def test_a_step_that_hangs_is_ended_at_its_limit(run: Run) -> None:
    """It is killed, not left behind, and called again."""
    run.script("take_lock.hang")
    assert run.begin().frame.state == "Recovered"
    assert run.calls("take_lock") == 2


def test_a_refusal_ends_the_run_by_its_name(run: Run) -> None:
    """The error's class is the machine's error, its words are in the cause."""
    run.script("take_lock.error", "LockHeldError 9")
    journal = run.begin()
    assert (journal.frame.state, journal.frame.error) == ("Not Failed Over", "LockHeldError")
    assert "take_lock, for the 1. time" in journal.frame.cause
    assert run.calls("take_lock") == 1
    assert run.calls("record_run") == 1


def test_a_transient_error_is_tried_again(run: Run) -> None:
    """As often as the machine says, and the journal counts the attempts."""
    run.script("open_gate.error", "FunctionUnavailableError 2")
    journal = run.begin()
    attempts = {step.name: step.attempts for step in journal.steps}
    assert (journal.frame.state, attempts["open_gate"]) == ("Recovered", 3)


def test_a_run_goes_on_from_wherever_it_was_killed(tmp_path: Path) -> None:
    """From each journal that was ever kept the run ends the same, and no ended step is repeated."""
    (tmp_path / "first").mkdir()
    first = Run(tmp_path / "first")
    first.begin()
    for number, document in enumerate(first.kept):
        again = Run(tmp_path / "first")
        journal = again.go_on(parse_journal(document))
        assert journal.frame.state == "Recovered", number
        assert set(results(journal).values()) == {"done"}, number
