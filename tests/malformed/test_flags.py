"""Every flag of every command with every junk value: one clear line, and nothing is begun."""

import json
import math
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import click
import pytest
import typer.main

from lab.bench import hold, rebuild, resequence, rto
from lab.clouds import clouds
from lab.drill import drill, matrix, soak
from lab.protocol import check
from landbridge.adapters import kept_records, operations, status_look
from landbridge.cli import main as command_line
from landbridge.cli import takeover
from landbridge.domain.database_rebuild import JobState
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.rehearsal import RehearsalLook
from landbridge.domain.rehearsal_request import parse_rehearsal_request
from landbridge.domain.starting import parse_request
from landbridge.domain.status import Status, read_report
from landbridge.domain.takeover_job import parse_takeover
from tests.malformed.mutations import SECRET, Case, junk_texts, spoilt

CDK_JSON = Path(__file__).parents[2] / "cdk.json"
# What makes each command complete; one that needs nothing need not stand here.
COMPLETE = {
    "failover": ["--reason", "AWS is down"],
    "approve": ["failback-manual-1-0a1b2c"],
    "reject": ["failback-manual-1-0a1b2c"],
    "report": ["failover-manual-1-0a1b2c"],
    "resequence": ["--site", "aws"],
    "takeover": ["--reason", "nothing of AWS answers"],
    "bench": ["--only", "hold"],
}
JUNK = [
    *junk_texts(),
    *(
        "-1",
        "0",
        "nan",
        "-inf",
        "1e400",
        "9" * 400,
        "0x10",
        "1.5",
        "\uff11\uff12",
        " 7 ",
        "--",
        "-",
        "=",
        SECRET,
    ),
]
PER_OPTION = 10
# What begins nothing, and tells the same to everybody.
ONLY_TELLS = {"config", "cost", "faults", "history", "preflight", "report", "status"}
REPORT = {
    "at": 1.0,
    "active": "aws",
    "active_reason": "AWS's database takes writes",
    "gate": None,
    "gate_reason": "never written",
    "lag_bytes": 0,
    "lag_seconds": 0.0,
    "checks": [{"name": "gate", "result": "pass", "reason": "as it should be", "remedy": ""}],
}
STATUS = Status(1.0, None, "aws", read_report(REPORT), None, {})


def _commands(command: click.Command, path: str = "") -> Iterator[tuple[str, click.Command]]:
    if hasattr(command, "commands"):
        for name, inner in sorted(command.commands.items()):
            yield from _commands(inner, f"{path} {name}".strip())
    else:
        yield path, command


COMMANDS = dict(_commands(typer.main.get_command(command_line.app)))


def _lines() -> Iterator[tuple[str, list[str]]]:
    chance = random.Random(7)  # noqa: S311 - which cases, nothing secret
    for path, command in COMMANDS.items():
        begin = [*path.split(), *COMPLETE.get(path, [])]
        for wrong in ("--no-such-option", "-x", "stray", "--", "--help=1"):
            yield path, [*begin, wrong]
        for option in command.params:
            if option.param_type_name == "argument":
                for value in JUNK:
                    yield option.name or "", [*path.split(), value]
                continue
            name = max(option.opts, key=len)
            yield name, [*begin, name[:-1]]
            if getattr(option, "is_flag", False):
                yield name, [*begin, f"{name}=yes"]
                continue
            yield name, [*begin, name]
            for value in chance.sample(JUNK, PER_OPTION):
                yield name, [*begin, name, value]
                if chance.random() < 0.3:
                    yield name, [*begin, f"{name}={value}"]


CASES = list(_lines())


class Begun(list[Any]):
    """What the commands began, in place of beginning it."""

    def note(self, name: str) -> Any:
        """Return a double that notes its call and ends the command well."""

        def begin(*arguments: Any, **named: Any) -> NoReturn:
            self.append((name, arguments, named))
            raise SystemExit(0)

        return begin


class FakeOperations:
    """The orchestrator: it notes what it is asked to do, and keeps nothing."""

    begun: Begun

    def __init__(self, *_arguments: object, patience_seconds: float | None = None) -> None:
        """Take a stack and a region."""

    def preflight(self) -> dict[str, Any]:
        return REPORT

    def rehearsal(self, action: str, **fields: object) -> dict[str, Any]:
        if action == "look":
            return asdict(RehearsalLook(JobState.ABSENT))
        self.begun.append(("rehearsal", {"action": action, **fields}, {}))
        raise SystemExit(0)

    def start(self, event: dict[str, Any], _flow: str) -> dict[str, Any]:
        self.begun.append(("start", event, {}))
        return {"started": True, "run": "run-1", "reason": event["reason"]}

    def decide(self, run: str, **_answer: object) -> None:
        self.begun.append(("decide", run, {}))

    def resequence(self, site: str, *, dry_run: bool) -> dict[str, Any]:
        self.begun.append(("resequence", site, {"dry_run": dry_run}))
        return {"looked": 0, "moved": [], "moved_total": 0, "not_moved": []}


class FakeFunctionApp:
    """The Function App, asked as a person: it notes which takeover it is to start."""

    def __init__(self, begun: Begun) -> None:
        self._begun = begun

    def start_takeover(self, request: dict[str, Any]) -> dict[str, Any]:
        self._begun.append(("start_takeover", request, {}))
        return {"run": "takeover-1", "said": request["reason"]}

    def takeover(self, run: str) -> dict[str, Any]:
        ended = {"ended": "succeeded", "state": "Recovered", "ending": None, "job": "succeeded"}
        return {"run": run, "lease": None, "steps": [], **ended}


def no_record(_operations: object, run: str) -> NoReturn:
    """Answer as an orchestrator that keeps no run."""
    raise ConfigurationError(f"there is no run {run}", "see `landbridge history`")


@pytest.fixture(name="begun")
def _begun(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Begun:
    begun = Begun()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "cdk.json").write_bytes(CDK_JSON.read_bytes())
    monkeypatch.setattr(FakeOperations, "begun", begun, raising=False)
    monkeypatch.setattr(operations, "Operations", FakeOperations)
    monkeypatch.setattr(takeover, "function_app", lambda **_: FakeFunctionApp(begun))
    monkeypatch.setattr(status_look, "status_now", lambda _around: STATUS)
    monkeypatch.setattr(kept_records, "cloud_runs", lambda *_: [])
    monkeypatch.setattr(kept_records, "whole_record", no_record)
    for module, name in (
        (drill, "run_drill"),
        (matrix, "play_matrix"),
        (soak, "play_soak"),
        (check, "check"),
        (rto, "compare"),
        (hold, "compare_holds"),
        (rebuild, "compare_rebuilds"),
        (resequence, "compare_resequencing"),
        (clouds.Clouds, "__init__"),
        (subprocess, "Popen"),
    ):
        monkeypatch.setattr(module, name, begun.note(name))
    return begun


def run(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    """Run ``landbridge ARGUMENTS`` in this process; return its exit code and all that it said."""
    monkeypatch.setattr(sys, "argv", ["landbridge", *arguments])
    code: object = 0
    try:
        command_line.main()
    except SystemExit as ended:
        code = ended.code or 0
    said = capsys.readouterr()
    return (code if isinstance(code, int) else 1), said.out + said.err


@pytest.mark.parametrize(
    ("name", "arguments"),
    CASES,
    ids=[f"{n}-{ascii(' '.join(a))[:50]}" for n, (_, a) in enumerate(CASES)],
)
def test_a_spoilt_command_line_begins_nothing(  # noqa: PLR0917 - fixtures, and a case of two
    begun: Begun,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    name: str,
    arguments: list[str],
) -> None:
    """2, 1 or a beginning that is sound; the flag is named; no traceback, no file, no odd bytes."""
    code, said = run(arguments, monkeypatch, capsys)
    assert "Traceback" not in said
    assert all(one.isprintable() or one == "\n" for one in said), ascii(said)
    written = {one.name for one in tmp_path.iterdir()} - {"cdk.json"}
    assert not written or (code == 0 and (name == "--json" or written == {".lab"}))
    if code == 0:
        for what, first, named in begun:
            assert_sound(what, first, named)
        assert begun or "Usage: " in said or arguments[0] in ONLY_TELLS
        return
    assert begun == [], said
    assert code in {1, 2}, said
    assert said.strip()
    if code == 1:
        assert said.startswith("landbridge: "), said
        assert len(said) < 1_000
    elif name.startswith("--"):
        assert name[:4] in said, said


def assert_sound(what: str, first: Any, named: dict[str, Any]) -> None:
    """Check that what was begun was asked for in bounds."""
    if what == "start":
        parse_request(first, time.time())
    elif what == "start_takeover":
        parse_takeover(first, time.time())
    elif what == "decide":
        assert first.isascii()
        assert 0 < len(first) <= 80
    elif what == "run_drill":
        options = first[0]
        assert 1 <= options.clients <= 200
        assert 1 <= options.rate <= 2_000
        assert math.isfinite(options.rate)
        assert 0 <= options.data_megabytes <= 20_000
        for seconds in (options.lab.pod_start_seconds, options.lab.promotion_delay_seconds):
            assert 0 <= seconds <= 300
    elif what == "check":
        (options,) = first if isinstance(first, tuple) else (first,)
        assert options.depth is None or options.depth >= 1
        assert {options.faults, options.crashes} <= {None, *range(10)}
    elif what == "rehearsal":
        parse_rehearsal_request(first)
    elif what == "resequence":
        assert first in {"aws", "azure"}
        assert isinstance(named["dry_run"], bool)


STANDING = {
    "pid": 2**22 + 1,
    "folder": "/tmp/landbridge-lab",  # noqa: S108 - a name, nothing is made
    "aws_url": "http://127.0.0.1:4566",
    "account": "000000000001",
    "stack": "landbridge-orders-orchestrator",
    "region": "eu-central-1",
    "name_server": "127.0.0.1:5300",
    "name": "orders.shop.test",
    "port": 8443,
    "certificate_authority": "/tmp/ca.pem",  # noqa: S108 - a name, nothing is made
    "function_url": "https://localhost:7071",
    "entra_url": "https://localhost:7072",
}
LAB_COMMANDS = (["lab", "status"], ["lab", "down"], ["failback", "--lab"])


@pytest.mark.parametrize(
    "case", spoilt(STANDING, 5, 120), ids=lambda c: f"{c.field}-{c.what[:12]!a}"
)
def test_a_spoilt_note_of_a_lab_is_no_lab(
    begun: Begun,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    case: Case,
) -> None:
    """A lab's note that no lab wrote is refused with its remedy, or there is no such lab."""
    note = tmp_path / ".lab" / "standing.json"
    note.parent.mkdir()
    for arguments in LAB_COMMANDS:
        note.write_bytes(case.sent)
        code, said = run(arguments, monkeypatch, capsys)
        assert (code, begun) == (1, []), said
        assert said.startswith("landbridge: "), said
        assert "Remedy: " in said
        assert SECRET not in said
        assert "Traceback" not in said
        assert len(said) < 600
        assert all(one.isprintable() or one == "\n" for one in said), ascii(said)


@pytest.mark.parametrize(
    "case",
    spoilt(json.loads(CDK_JSON.read_text()), 6, 60),
    ids=lambda c: f"{c.field}-{c.what[:12]!a}",
)
def test_a_spoilt_cdk_json_starts_nothing(
    begun: Begun,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    case: Case,
) -> None:
    """A command that needs the configuration says what is wrong with it, in a line for each."""
    (tmp_path / "cdk.json").write_bytes(case.sent)
    code, said = run(["failover", "--reason", "AWS is down"], monkeypatch, capsys)
    assert "Traceback" not in said
    assert SECRET not in said
    if code == 0:
        assert [what for what, *_ in begun] == ["start"]
        return
    assert (code, begun) == (1, []), said
    assert said.startswith("landbridge: "), said
    assert "Remedy: " in said


def test_complete_command_lines_begin(
    begun: Begun, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the cases are made of is not refused."""
    begins = [path for path in COMPLETE if path not in ONLY_TELLS]
    for path in ("drill", "failback", "lab up", *begins):
        begun.clear()
        code, said = run([*path.split(), *COMPLETE.get(path, [])], monkeypatch, capsys)
        assert (code, bool(begun)) == (0, True), (path, said)
