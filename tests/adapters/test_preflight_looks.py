"""What the preflight looks at, put together: a part that is gone, or late, is a reason."""

import threading
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest

from landbridge.adapters import preflight
from landbridge.domain.errors import AccessDeniedError, SiteUnknownError
from landbridge.domain.preflight.check import Result
from landbridge.domain.preflight.preflight import run_checks
from tests.domain.preflight.healthy import NOW, settings

RECORD: dict[str, Any] = {
    "run": "failover-1",
    "flow": "failover",
    "outcome": "recovered",
    "ended_at": 1_000.0,
    "rto_estimated_seconds": 65.0,
    "rpo_bytes": 0,
}


def test_the_last_drill_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """With no reason beside it."""
    monkeypatch.setattr(preflight, "recent_records", lambda _limit: [RECORD])
    look, _ = preflight._drill(settings())
    drill, reason = look()
    assert drill is not None
    assert (drill.run, drill.rto_seconds, reason) == ("failover-1", 65.0, "")


@pytest.mark.parametrize(
    "error", [AccessDeniedError("alarm: access denied"), SiteUnknownError("table: throttled")]
)
def test_what_cannot_be_read_is_not_taken_for_missing(error: Exception) -> None:
    """An alarm that may not be read is no alarm that is gone."""

    def refused() -> NoReturn:
        raise error

    look, instead = preflight._or_reason(refused)
    assert look() == (None, str(error))
    assert instead("late") == (None, "late")


class Silent:
    """A world in which nobody ever answers: each look waits until the test is over."""

    def __init__(self) -> None:
        self.over = threading.Event()

    def __call__(self, *_arguments: object, **_options: object) -> NoReturn:
        self.over.wait(60)
        raise SiteUnknownError("over")

    preflight = __call__


@pytest.fixture(name="silent")
def _silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Silent]:
    silent = Silent()
    for name in (
        "cluster_facts",
        "database_facts",
        "https_certificate",
        "last_look_at",
        "postgres_certificate",
        "probe",
        "read_alarm_state",
        "read_route53",
        "read_triggers",
        "recent_records",
        "site_answering",
    ):
        monkeypatch.setattr(preflight, name, silent)
    yield silent
    silent.over.set()


def test_a_world_that_never_answers_is_told_of_in_time(silent: Silent) -> None:
    """The report is there while all looks still wait; no check passes, each says why."""
    looks = preflight.take_looks(settings(), silent, within_seconds=0.05)  # type: ignore[arg-type]
    assert not silent.over.is_set()
    checks = run_checks(looks, settings(), NOW)
    passed = {one.name for one in checks if one.result is Result.PASS}
    assert passed == set()
    why = {one.name: one.reason for one in checks}
    for name in (
        "aws-database",
        "aws-cluster",
        "function-app",
        "triggers",
        "certificate-aws-entry",
    ):
        assert "no answer within 0.05 s" in why[name], name


def test_one_late_part_hides_no_other(silent: Silent, monkeypatch: pytest.MonkeyPatch) -> None:
    """What answered at once is in the report as it was answered."""
    monkeypatch.setattr(preflight, "read_alarm_state", lambda _name: "OK")
    looks = preflight.take_looks(settings(), silent, within_seconds=0.5)  # type: ignore[arg-type]
    assert (looks.alarm_state, looks.alarm_reason) == ("OK", "")
    assert looks.look_reason == "no answer within 0.5 s"
