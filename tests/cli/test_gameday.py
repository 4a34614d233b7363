"""``landbridge gameday`` on the terminal, with a double of the orchestrator."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from lab.clouds import standing
from lab.drill import drill
from lab.drill.options import DrillOptions
from landbridge.cli import gameday
from landbridge.cli.main import app
from landbridge.configuration import read_context

CDK_JSON = Path(__file__).resolve().parents[2] / "cdk.json"


class Orchestrator:
    """Notes what is asked of it."""

    def __init__(self, *, started: bool = True) -> None:
        self.started = started
        self.events: list[tuple[dict[str, Any], str]] = []
        self.aborts: list[tuple[str, str]] = []

    def start(self, event: dict[str, Any], flow: str) -> dict[str, Any]:
        """Answer as the starter does."""
        self.events.append((event, flow))
        reason = "manual: a look" if self.started else "another run, x, is on already"
        return {"started": self.started, "run": "gameday-manual-1", "reason": reason}

    def abort_gameday(self, *, by: str, reason: str) -> str:
        """Answer for the GameDay that is on."""
        self.aborts.append((by, reason))
        return "gameday-manual-1"


@pytest.fixture
def orchestrator(monkeypatch: pytest.MonkeyPatch) -> Orchestrator:
    """Put a double where the orchestrator is."""
    found = Orchestrator()
    monkeypatch.setattr(gameday, "operations_of", lambda **_: found)
    monkeypatch.setattr(gameday.getpass, "getuser", lambda: "ann")
    return found


def test_a_person_starts_a_switchover(orchestrator: Orchestrator) -> None:
    """Planned, unless it is to be otherwise; the answer has its name."""
    answer = CliRunner().invoke(app, ["gameday", "--reason", "a look"])
    assert answer.exit_code == 0
    assert "Started gameday-manual-1" in answer.output
    CliRunner().invoke(app, ["gameday", "--unplanned"])
    planned = [(flow, event["planned"]) for event, flow in orchestrator.events]
    assert planned == [("gameday", True), ("gameday", False)]


def test_a_refusal_ends_with_its_reason(orchestrator: Orchestrator) -> None:
    """Nothing was started, and the exit status says so."""
    orchestrator.started = False
    answer = CliRunner().invoke(app, ["gameday"])
    assert answer.exit_code == 3
    assert "Not started: another run, x, is on already" in answer.output


def test_an_abort_says_what_it_ends(orchestrator: Orchestrator) -> None:
    """Who and why are handed on; nothing is started."""
    answer = CliRunner().invoke(app, ["gameday", "--abort", "--reason", "enough"])
    assert answer.exit_code == 0
    assert "Aborted: gameday-manual-1" in answer.output
    assert (orchestrator.aborts, orchestrator.events) == ([("ann", "enough")], [])


@pytest.mark.parametrize("abort", [["--abort"], []], ids=["abort", "start"])
def test_words_that_would_spoil_a_terminal_are_refused(
    orchestrator: Orchestrator, abort: list[str]
) -> None:
    """They are shown to others: an abort's reason as well."""
    answer = CliRunner().invoke(app, ["gameday", *abort, "--reason", "a\x1b[2J"])
    assert answer.exit_code != 0
    assert (orchestrator.aborts, orchestrator.events) == ([], [])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "No GameDay is scheduled"),
        ({"schedule": {"day": "tue", "at": "10:00"}, "time_zone": "Europe/Berlin"}, "10:00 Europe"),
    ],
    ids=["none", "one"],
)
def test_the_next_one_is_told_in_local_time(
    changes: dict[str, Any], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As cdk.json has it; no cloud is asked."""
    document = read_context(CDK_JSON)["landbridge"]
    text = json.dumps({"context": {"landbridge": {**document, "gameday": changes}}})
    (tmp_path / "cdk.json").write_text(text)
    monkeypatch.chdir(tmp_path)
    answer = CliRunner().invoke(app, ["gameday", "--next"])
    assert answer.exit_code == 0
    assert words in answer.output


@pytest.mark.parametrize(
    ("arguments", "fault", "command"),
    [
        ([], "planned switchover", "landbridge gameday --lab"),
        (["--unplanned"], "region-loss", "landbridge gameday --lab --unplanned"),
        (
            ["--fault", "health-only"],
            "health-only",
            "landbridge gameday --lab --fault 'health-only'",
        ),
    ],
    ids=["switchover", "unplanned", "fault"],
)
def test_without_a_lab_that_is_up_a_whole_one_is_played(
    arguments: list[str], fault: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lab comes up for it, a GameDay leads, and a broken promise is the exit status."""
    played: list[DrillOptions] = []

    def play(options: DrillOptions, *_: object) -> SimpleNamespace:
        played.append(options)
        return SimpleNamespace(held=not arguments)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(drill, "run_drill", play)
    answer = CliRunner().invoke(app, ["gameday", "--lab", *arguments])
    assert answer.exit_code == (1 if arguments else 0), answer.output
    (options,) = played
    assert (options.gameday, options.fault, options.command) == (True, fault, command)


def test_in_a_lab_that_is_up_one_is_started(
    orchestrator: Orchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is brought up beside it."""
    monkeypatch.setattr(standing, "lab_is_up", lambda: True)
    answer = CliRunner().invoke(app, ["gameday", "--lab"])
    assert answer.exit_code == 0, answer.output
    assert [flow for _, flow in orchestrator.events] == ["gameday"]
