"""The preflight's minute: what it answers, keeps and measures of what it saw."""

import json
from typing import Any

import pytest

from landbridge.adapters.runs import PREFLIGHT, read_record
from landbridge.domain.errors import SiteUnknownError
from landbridge.domain.preflight.preflight import Looks
from tests.domain.preflight.healthy import changed, healthy
from tests.functions.world import World, handler


@pytest.fixture(name="seen")
def _seen(world: World, monkeypatch: pytest.MonkeyPatch) -> list[Looks]:  # noqa: ARG001 - settings
    """Give the looks that the preflight takes; the last one counts."""
    looks = [healthy()]
    monkeypatch.setattr(handler("run_preflight"), "take_looks", lambda *_: looks[-1])
    return looks


def figures(printed: str) -> dict[str, Any]:
    """Return the line of figures in the function's log."""
    (line,) = [one for one in printed.splitlines() if "CloudWatchMetrics" in one]
    return dict(json.loads(line))


def test_a_minute_is_answered_kept_and_measured(
    world: World, seen: list[Looks], capsys: pytest.CaptureFixture[str]
) -> None:
    """All three have what failed."""
    seen.append(changed(healthy(), "azure", rights={}))
    report = world.run("run_preflight", {})
    failed = [one["name"] for one in report["checks"] if one["result"] == "fail"]
    assert "promotion-rights" in failed
    assert report["kept_reason"] == ""
    kept = read_record(*PREFLIGHT)
    assert kept is not None
    assert kept["checks"] == report["checks"]
    written = figures(capsys.readouterr().out)
    assert written["FailedChecks"] == [len(failed)]
    assert written["FailoverBlockers"][0] >= 1


def test_a_table_that_does_not_answer_hides_nothing(
    world: World,
    seen: list[Looks],  # noqa: ARG001 - a healthy standby
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The answer says why it is not kept, and the figures are written all the same."""

    def lost(*_record: object) -> None:
        raise SiteUnknownError("runs table: throttled")

    monkeypatch.setattr(handler("run_preflight"), "put_record", lost)
    report = world.run("run_preflight", {})
    assert report["kept_reason"] == "runs table: throttled"
    assert "BothSitesWrite" in figures(capsys.readouterr().out)
