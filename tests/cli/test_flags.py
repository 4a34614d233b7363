"""Flags that cannot be, and the exit status: what a shell and a scheduler see of a command."""

import dataclasses
import json
from pathlib import Path
from typing import NoReturn

import pytest
from typer.testing import CliRunner

from lab.bench import rto
from lab.drill import drill
from lab.drill.drill import DrillOutcome
from lab.report.example import example_run
from lab.report.write import write_report
from landbridge.adapters import operations
from landbridge.cli import laboratory
from landbridge.cli.main import app


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work where nothing is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note what a command begins, in place of beginning it."""
    beginnings: list[str] = []
    for module, name in (
        (drill, "run_drill"),
        (rto, "compare"),
        (operations, "Operations"),
        (laboratory.subprocess, "Popen"),
    ):

        def begin(*_: object, what: str = name, **__: object) -> NoReturn:
            beginnings.append(what)
            raise SystemExit(0)

        monkeypatch.setattr(module, name, begin)
    return beginnings


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("drill --fault earthquake", ("--fault", "region-loss", "health-only")),
        ("drill --fault database-freeze@3", ("--fault", "NAME[:ARGUMENT]")),
        ("drill --fault health-only:aws", ("--fault", "health-only", "it takes none")),
        ("drill --alone", ("--alone needs a --fault",)),
        ("drill --executor mars", ("--executor", "aws", "azure")),
        ("drill --executor azure --trigger alarm", ("starts nothing in azure", "--executor aws")),
        ("drill --executor aws --trigger timer", ("starts nothing in aws", "--executor azure")),
        ("drill --trigger each --executor aws", ("--trigger each", "both executors")),
        ("drill --ttl-seconds 0", ("--ttl-seconds", "greater than or equal to 1")),
        ("drill --alone --fault image-pull:aws", ("acts on the way home", "leave --alone out")),
        ("drill --fault step-crash:open_gate@home+1s", ("--fault", "leave @home out")),
        ("drill --replication maybe", ("--replication", "sync", "async")),
        ("drill --clients 0", ("--clients", "greater than or equal to 1")),
        ("drill --rate fast", ("--rate", "a valid number")),
        ("drill --rate nan", ("--rate", "less than or equal to 2000")),
        ("drill --pod-start-seconds -1", ("--pod-start-seconds", "greater than or equal to 0")),
        (
            "drill --promotion-delay-seconds 301",
            ("--promotion-delay-seconds", "less than or equal to 300"),
        ),
        ("drill --seed one", ("--seed", "a valid integer")),
        ("drill --json .", ("--json", "give a file in a folder that you may write to")),
        ("drill --failback-to mars", ("No such option", "--failback-to")),
        ("bench --json /dev/null/bench.json", ("--json", "give a file in a folder")),
        ("bench --clients 3", ("No such option", "--clients")),
        ("bench --only speed", ("--only", "rebuild", "resequence")),
        ("drill --data-megabytes -1", ("--data-megabytes", "greater than or equal to 0")),
        ("soak --runs 0", ("--runs", "greater than or equal to 1")),
        ("soak --seed x", ("--seed", "a valid integer")),
        ("soak --json .", ("--json", "give a file in a folder")),
        ("faults --jsn", ("--jsn", "--json")),
        ("model --without luck", ("--without", "latch", "epoch", "votes", "fence")),
        ("model --scenario doom", ("--scenario", "failover", "crossed")),
        ("model --depth 0", ("--depth", "greater than or equal to 1")),
        ("model --faults -1", ("--faults", "greater than or equal to 0")),
        ("model --json .", ("--json", "give a file in a folder")),
        ("failback --reason", ("--reason", "requires an argument")),
        ("failback --discard", ("--discard", "--discard-forked-rows")),
        ("approve", ("Missing argument",)),
        ("resequence --dry-run", ("Missing option", "--site")),
        ("resequence --site mars", ("--site", "aws", "azure")),
        ("resequence --site aws --json .", ("--json", "give a file in a folder")),
        ("lab up --replication maybe", ("--replication", "sync", "async")),
        ("lab status --jsn", ("--jsn", "--json")),
        ("status --wach", ("--wach", "--watch")),
        ("status --watch --json", ("--watch", "one of --watch and --json")),
        ("preflight --jsn", ("--jsn", "--json")),
        ("failover --reason", ("--reason", "requires an argument")),
        ("gameday --abort --next", ("--abort", "one of --abort and --next")),
        ("gameday --abrt", ("--abrt", "--abort")),
        ("gameday --fault region-loss", ("--fault", "give --lab too")),
        ("gameday --lab --fault dns-server-slow", ("--fault", "no failover comes of it")),
        ("gameday --lab --fault earthquake", ("--fault", "region-loss")),
        ("gameday --abort --lab --fault region-loss", ("--fault", "leave the other option out")),
        ("failover --planned", ("--reason", "say why")),
        ("failover --reason try --planed", ("--planed", "--planned")),
    ],
)
def test_a_flag_that_cannot_be_is_named(
    arguments: str, words: tuple[str, ...], tmp_path: Path, begun: list[str]
) -> None:
    """A bad flag ends with 2, names itself and what it takes, and nothing was begun."""
    answer = CliRunner().invoke(app, arguments.split())
    assert answer.exit_code == 2, answer.output
    assert [word for word in words if word not in answer.output] == []
    assert (begun, list(tmp_path.iterdir())) == ([], [])


def test_the_model_tells_a_story_and_fails(tmp_path: Path) -> None:
    """Without the votes it prints who did what, ends with 1, and writes the same as JSON."""
    file = tmp_path / "model.json"
    arguments = ["model", "--scenario", "failover-alone", "--json", str(file)]
    broken = CliRunner().invoke(app, [*arguments, "--without", "votes"])
    assert broken.exit_code == 1
    assert "Broken: AWS is never out of DNS because of Azure alone." in broken.output
    written = json.loads(file.read_text())
    assert (written["held"], written["without"]) == (False, "votes")
    assert written["story"][-1] in broken.output

    held = CliRunner().invoke(app, [*arguments, "--depth", "5", "--replication", "sync"])
    assert held.exit_code == 0
    assert "held: AWS is never out of DNS because of Azure alone" in held.output
    written = json.loads(file.read_text())
    assert (written["held"], written["story"]) == (True, [])
    (explored,) = written["explored"]
    assert (explored["depth"], explored["whole"]) == (5, False)
    assert f"{explored['worlds']:,}" in held.output


@pytest.mark.parametrize(("missing", "status"), [((), 0), (("a-lost-order",), 1)])
def test_a_drill_ends_with_0_only_if_every_promise_held(
    missing: tuple[str, ...], status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One acknowledged order that is gone fails the command; its report is written."""

    def with_that_verdict(_options: object, reports: Path, _console: object) -> DrillOutcome:
        record = example_run()
        verdict = dataclasses.replace(record.verdict, missing=len(missing), missing_ids=missing)
        record = dataclasses.replace(record, verdict=verdict)
        return DrillOutcome(record, write_report(record, reports))

    monkeypatch.setattr(drill, "run_drill", with_that_verdict)
    copy = tmp_path / "drill.json"
    answer = CliRunner().invoke(app, ["drill", "--json", str(copy)])
    assert answer.exit_code == status
    assert copy.exists()
