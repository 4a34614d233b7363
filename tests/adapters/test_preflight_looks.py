"""What the preflight reads of the orchestrator itself: a part that is gone is a reason."""

from typing import Any, NoReturn

import pytest

from landbridge.adapters import preflight
from landbridge.domain.errors import AccessDeniedError, SiteUnknownError
from tests.domain.preflight.healthy import settings

RECORD: dict[str, Any] = {
    "run": "failover-1",
    "flow": "failover",
    "outcome": "recovered",
    "ended_at": 1_000.0,
    "rto_estimated_seconds": 65.0,
    "rpo_bytes": 0,
}


def test_the_alarm_and_the_last_drill_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with no reason beside it."""
    monkeypatch.setattr(preflight, "read_alarm_state", lambda _name: "OK")
    monkeypatch.setattr(preflight, "recent_records", lambda _limit: [RECORD])
    assert preflight._alarm_state("orders-unready") == ("OK", "")
    drill, reason = preflight._last_drill(settings())
    assert drill is not None
    assert (drill.run, drill.rto_seconds, reason) == ("failover-1", 65.0, "")


def test_what_cannot_be_read_is_not_taken_for_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An alarm that may not be read is no alarm that is gone."""

    def denied(_name: str) -> NoReturn:
        raise AccessDeniedError("alarm orders-unready: access denied")

    def lost(_limit: int) -> NoReturn:
        raise SiteUnknownError("runs table: throttled")

    monkeypatch.setattr(preflight, "read_alarm_state", denied)
    monkeypatch.setattr(preflight, "recent_records", lost)
    assert preflight._alarm_state("a") == (None, "alarm orders-unready: access denied")
    assert preflight._last_drill(settings()) == (None, "runs table: throttled")
