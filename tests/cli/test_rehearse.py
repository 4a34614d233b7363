"""``landbridge rehearse`` on the terminal, with the orchestrator's answers made up."""

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from landbridge.adapters import rehearsing
from landbridge.cli import rehearse
from landbridge.cli.main import app
from landbridge.domain.database_rebuild import JobState
from tests.adapters.rehearsed_world import (
    CALM,
    GATE,
    NOTHING,
    ORDER,
    RehearsedWorld,
    at,
    hasty_poll,
)


@pytest.fixture(name="world")
def _world(monkeypatch: pytest.MonkeyPatch) -> RehearsedWorld:
    world = RehearsedWorld()
    monkeypatch.setattr(rehearse, "operations_of", lambda **_: world)
    monkeypatch.setattr(rehearsing, "poll", hasty_poll)
    monkeypatch.setenv("COLUMNS", "200")
    return world


@pytest.fixture(name="interruptible")
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C be heard where whoever started the tests had it ignored, as a shell's & does."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def run(*arguments: str) -> tuple[int, str, str]:
    """Run the command; return exit code, output and error output."""
    answer = CliRunner().invoke(app, ["rehearse", *arguments])
    return answer.exit_code, answer.stdout, answer.stderr


def test_a_person_reads_what_was_shown(world: RehearsedWorld) -> None:
    """Each stage as it comes, then the table; exit 0."""
    code, said, _ = run()
    assert code == 0, said
    for words in (
        "passed",
        "to timeline 2 in 0.3 s",
        "orders as orders-azure",
        "nothing: no Job, pod, disk, connection or slot",
        "transactions that wrote: 3",
        "gate closed in epoch 3, DNS aws",
        "the site that serves does not know it",
    ):
        assert words in said, said
    assert world.look == NOTHING


def test_a_program_gets_json_and_nothing_besides(world: RehearsedWorld) -> None:
    """Progress goes to the error output."""
    code, said, progress = run("--json")
    document = json.loads(said)
    assert (code, document["passed"], document["leaks"]) == (0, True, [])
    assert document["shown"]["smoke"]["order"] == ORDER
    assert document["before"]["gate"] == document["after"]["gate"] == GATE
    assert "Removing everything" in progress
    assert "remove" in world.asked


def test_what_changed_in_production_fails_it(world: RehearsedWorld) -> None:
    """Exit 1, with what was and what is."""
    world.on.append(
        lambda asked: (
            setattr(world, "production", replace(CALM, dns="azure")) if asked == "begin" else None
        )
    )
    code, said, _ = run()
    assert (code, "DNS: aws, then azure" in said, "NOT PASSED" in said) == (1, True, True)


def test_a_refusal_is_a_line_and_exit_3(world: RehearsedWorld) -> None:
    """As with every run that is not begun."""
    world.production = replace(CALM, gate=GATE | {"state": "open"})
    code, said, _ = run()
    assert (code, "not begun: the gate is open" in said) == (3, True), said


def test_clean_alone_removes_what_is_left(world: RehearsedWorld) -> None:
    """Nothing is begun."""
    world.look = replace(NOTHING, job=JobState.RUNNING, job_run="rehearsal-0", watched_seconds=1.0)
    code, said, _ = run("--clean")
    assert (code, "Nothing is left of any rehearsal." in said) == (0, True), said
    assert "begin" not in world.asked


def test_clean_names_a_connection_that_stays(world: RehearsedWorld) -> None:
    """With the statement that ends it; exit 1."""
    aws, azure = CALM.sites
    world.production = replace(CALM, sites=(aws, replace(azure, rehearsals=("17 walsender",))))
    code, said, _ = run("--clean")
    assert (code, "SELECT pg_terminate_backend(17)" in said) == (1, True), said


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_it_by_way_of_its_clean_up(world: RehearsedWorld, number: int) -> None:
    """Ctrl-C, whoever ends processes, and a terminal that is closed: nothing stays."""
    at(world, "look", 3, lambda: os.kill(os.getpid(), number))
    before = signal.getsignal(number)
    code, said, _ = run()
    assert (code, "it was interrupted" in said) == (1, True), said
    assert world.look == NOTHING
    assert signal.getsignal(number) is before


@pytest.mark.usefixtures("interruptible")
def test_interrupted_again_it_says_how_to_remove_what_is_left(world: RehearsedWorld) -> None:
    """Who does not want to wait for the clean-up knows what to do later."""
    at(world, "look", 3, lambda: os.kill(os.getpid(), signal.SIGINT))
    at(world, "remove", 2, lambda: os.kill(os.getpid(), signal.SIGINT))
    code, said, _ = run()
    assert (code, "landbridge rehearse --clean" in said) == (130, True), said
