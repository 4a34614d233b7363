"""``landbridge reconcile`` on the terminal: what it copies, and how it ends."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from landbridge.adapters import homecoming, kept_records, status_look
from landbridge.cli import reconcile
from landbridge.cli.main import app
from landbridge.domain.gate import GateState
from landbridge.domain.status import Status
from tests.adapters.test_status_look import report

RECORD = {"run": "takeover-1", "outcome": "recovered", "started_at": 5.0, "epoch": 2}
KEPT = {
    "run": "takeover-1",
    "at": 7.0,
    "ended": "succeeded",
    "record": RECORD,
    "document": {},
    "whole": {},
}


class Around:
    """Both sides: AKS's records, AWS's table, and what is true."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.kept: dict[str, Any] = {"takeover-1": KEPT}
        self.table: dict[str, Any] = {}
        self.dns = "azure"
        monkeypatch.setattr(reconcile, "function_app", lambda **_: self)
        monkeypatch.setattr(reconcile, "operations_of", lambda **_: self)
        monkeypatch.setattr(reconcile, "surroundings_of", lambda **_: self)
        monkeypatch.setattr(homecoming, "Home", lambda _: self)
        monkeypatch.setattr(kept_records, "cloud_records", lambda *_: [])
        monkeypatch.setattr(status_look, "status_now", lambda _: self.status())

    def connect(self) -> "Around":
        """Return the orchestrator."""
        return self

    def takeovers(self) -> list[str]:
        """Return the runs in AKS."""
        return list(self.kept)

    def takeover_record(self, run: str) -> dict[str, Any]:
        """Return a run's record in AKS."""
        return dict(self.kept[run])

    def gate(self) -> dict[str, Any]:
        """Return the gate."""
        return {"state": "open", "active_site": "azure", "epoch": 2}

    def record(self, run: str) -> Any:
        """Return the table's record."""
        return self.table.get(run)

    def keep(self, run: str, kept: dict[str, Any]) -> None:
        """Write into the table."""
        self.table[run] = kept["record"]

    def status(self) -> Status:
        """Return what can be seen."""
        seen = status_look.read_report(report(0.0, active="azure"))
        return Status(1.0, GateState.OPEN, self.dns, seen, None, {})


@pytest.fixture
def around(monkeypatch: pytest.MonkeyPatch) -> Around:
    """Give a world after a takeover, with AWS back."""
    return Around(monkeypatch)


def run(*arguments: str) -> tuple[int, dict[str, str]]:
    """Run the command; return its exit code and each row's result."""
    answer = CliRunner().invoke(app, ["reconcile", "--json", *arguments], catch_exceptions=False)
    return answer.exit_code, {row["name"]: row["result"] for row in json.loads(answer.output)}


FINE = {"dns": "yes", "database": "yes", "epoch": "yes"}


def test_a_takeovers_record_is_copied_once(around: Around) -> None:
    """The second time it is there."""
    assert run() == (0, {"takeover-1": "copy", **FINE})
    assert around.table == {"takeover-1": RECORD}
    assert run() == (0, {"takeover-1": "there", **FINE})


def test_a_dry_run_copies_nothing(around: Around) -> None:
    """It says what would be."""
    assert run("--dry-run") == (0, {"takeover-1": "copy", **FINE})
    assert around.table == {}


def test_what_does_not_agree_ends_with_1(around: Around) -> None:
    """Another record stays as it is, and DNS that answers AWS is found."""
    around.table["takeover-1"] = {**RECORD, "outcome": "failed"}
    around.dns = "aws"
    code, rows = run()
    assert (code, rows["takeover-1"], rows["dns"]) == (1, "differs", "no")
    assert around.table["takeover-1"]["outcome"] == "failed"


def test_a_run_that_is_on_is_not_copied(around: Around) -> None:
    """It has no record yet."""
    around.kept["takeover-1"] = {**KEPT, "record": None, "ended": ""}
    code, rows = run()
    assert (code, rows["takeover-1"]) == (1, "unfinished")
    assert around.table == {}


def test_a_run_that_found_azure_serving_has_nothing_to_copy(around: Around) -> None:
    """As in AWS, it leaves no record."""
    around.kept = {"takeover-2": {**KEPT, "record": None}, "takeover-1": KEPT}
    assert run() == (0, {"takeover-2": "unchanged", "takeover-1": "copy", **FINE})


def test_a_run_that_never_took_the_lock_is_no_recovery_to_hold_the_gate_against(
    around: Around, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However new it is."""
    later = {**RECORD, "run": "failover-2", "started_at": 9.0, "epoch": None}
    monkeypatch.setattr(kept_records, "cloud_records", lambda *_: [later])
    assert around.dns == "azure"
    assert run() == (0, {"takeover-1": "copy", **FINE})


def test_on_a_terminal_it_is_a_table(around: Around) -> None:
    """With the remedy where there is one."""
    around.dns = "aws"
    answer = CliRunner().invoke(app, ["reconcile"], catch_exceptions=False)
    assert answer.exit_code == 1
    assert "takeover-1" in answer.output
    assert "Route 53" in " ".join(answer.output.split())
