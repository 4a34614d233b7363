"""The command that plays a drill again."""

import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lab.clouds.options import LabOptions
from lab.drill import drill
from lab.drill.matrix import whole_matrix
from lab.drill.options import DrillOptions
from lab.drill.soak import drills_of
from lab.faults.asking import parse_fault
from lab.faults.choosing import completed
from landbridge.cli.main import app


@pytest.fixture(name="asked")
def _asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[DrillOptions]:
    """Note the drills that the command line asks for, in place of playing them."""
    asked: list[DrillOptions] = []

    def note(options: DrillOptions, *_: object) -> None:
        asked.append(options)
        raise SystemExit(0)

    monkeypatch.setattr(drill, "run_drill", note)
    monkeypatch.chdir(tmp_path)
    return asked


def again(options: DrillOptions, asked: list[DrillOptions]) -> DrillOptions:
    """Ask for the drill by its command, and return what was asked for."""
    _, *words = shlex.split(options.command)
    answer = CliRunner().invoke(app, words)
    assert answer.exit_code == 0, answer.output
    return asked.pop()


def test_a_drill_with_everything_said_is_played_as_it_was(asked: list[DrillOptions]) -> None:
    """No option that the command line takes is lost on the way."""
    lab = LabOptions(
        replication="async", realtime=True, pod_start_seconds=33.5, promotion_delay_seconds=12.25
    )
    options = DrillOptions(
        lab=lab,
        faults=completed([parse_fault("lag/2.5s"), parse_fault("replay-paused@home+1s")], "async"),
        clients=3,
        rate=17.125,
        seed=11,
        failback=False,
        data_megabytes=40,
    )
    assert again(options, asked) == options


def test_every_drill_of_matrix_and_soak_is_played_as_it_was(asked: list[DrillOptions]) -> None:
    """What was added comes again by itself, at the same moment; what was alone is alone."""
    for options in (*whole_matrix(DrillOptions(rate=40.0), []), *drills_of(60, 5)):
        replayed = again(options, asked)
        assert replayed == options
        assert replayed.must_act == options.must_act
