"""``landbridge status`` and ``preflight`` on the terminal, without a world behind them."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from landbridge.adapters import status_look
from landbridge.adapters.status_look import Surroundings
from landbridge.cli import preflight, status
from landbridge.cli.main import app
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.gate import GateState
from landbridge.domain.settings import Names
from landbridge.domain.status import Status
from tests.adapters.test_status_look import report

BLIND = Status(1_800_000_000.0, None, "unknown", None, None, {"orchestrator": "no credentials"})


def _nobody() -> Any:
    raise ConfigurationError("no credentials")


@pytest.fixture(autouse=True)
def _around(monkeypatch: pytest.MonkeyPatch) -> None:
    around = Surroundings(Names("a.b", "c.a.b", "d.a.b", "e.a.b"), (), "https://x", _nobody)
    monkeypatch.setattr(status, "surroundings_of", lambda **_: around)
    monkeypatch.setattr(status.time, "sleep", lambda _: None)


def test_watching_looks_again_until_it_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look replaces the one before; Ctrl-C is the way out, and no error."""
    looks = []

    def look(_around: object) -> Status:
        looks.append(GateState.CLOSED)
        if len(looks) == 3:
            raise KeyboardInterrupt
        return BLIND

    monkeypatch.setattr(status_look, "status_now", look)
    answer = CliRunner().invoke(app, ["status", "--watch"])
    assert (answer.exit_code, len(looks)) == (0, 3)
    assert "no credentials" in answer.output


def test_what_is_not_known_is_null_or_unknown_for_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A blind look is a document like any other, and ends with 0."""
    monkeypatch.setattr(status_look, "status_now", lambda _: BLIND)
    answer = CliRunner().invoke(app, ["status", "--json"])
    assert answer.exit_code == 0
    shown = json.loads(answer.output)
    assert (shown["active"], shown["dns"], shown["readiness"]) == ("unknown",) * 3
    assert (shown["gate"], shown["epoch"], shown["lag_bytes"], shown["run"]) == (None,) * 4
    assert (shown["gameday"], shown["automatic_off"]) == (None, None)
    assert shown["unseen"] == {"orchestrator": "no credentials"}


@pytest.mark.parametrize(
    ("result", "code"), [("pass", 0), ("warn", 0), ("unknown", 4), ("fail", 1)]
)
def test_preflight_ends_by_its_worst_check(
    result: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A warning is no failure; what is not known is neither, and no readiness either."""
    checks = [{"name": "slot", "result": result, "reason": "because", "remedy": "mend it"}]

    class Operations:
        def preflight(self) -> dict[str, Any]:
            return report(0.0, checks=checks)

    monkeypatch.setattr(preflight, "operations_of", lambda **_: Operations())
    plain = CliRunner().invoke(app, ["preflight"])
    assert plain.exit_code == code
    assert "because" in plain.output
    answer = CliRunner().invoke(app, ["preflight", "--json"])
    assert (answer.exit_code, json.loads(answer.output)) == (code, {"checks": checks})


def test_a_reason_that_would_move_the_cursor_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a server said is shown as text, whatever is in it."""
    rows = [{"name": "slot", "result": "warn", "reason": "a\x1b[2Jb [red]c", "remedy": "m"}]

    class Operations:
        def preflight(self) -> dict[str, Any]:
            return report(0.0, checks=rows)

    monkeypatch.setattr(preflight, "operations_of", lambda **_: Operations())
    shown = CliRunner().invoke(app, ["preflight"]).output
    assert "\x1b[2J" not in shown
    assert "[red]c" in shown
