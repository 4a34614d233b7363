"""How old the last failover that worked may be before none starts by itself."""

from typing import Any

import pytest

from landbridge.domain.drill_age import (
    RECENT_RUNS,
    Drill,
    drill_check,
    last_drill,
    why_automatic_is_off,
    why_drill_is_unknown,
)
from landbridge.domain.preflight.check import Result

DAY = 86_400.0
NOW = 1_000 * DAY


def drilled(days_ago: float) -> Drill:
    """Return a drill of so many days ago."""
    return Drill("failover-gameday-1", NOW - days_ago * DAY, 65.0, 0)


def record(run: str, days_ago: float, **changes: Any) -> dict[str, Any]:
    """Return a run's record."""
    return {
        "run": run,
        "flow": "failover",
        "outcome": "recovered",
        "started_at": NOW - days_ago * DAY - 60.0,
        "ended_at": NOW - days_ago * DAY,
        "rto_estimated_seconds": 65.0,
        "rpo_bytes": 0,
        **changes,
    }


@pytest.mark.parametrize(
    ("drill", "limit_days", "off"),
    [
        (drilled(400), 0, ""),
        (None, 0, ""),
        (drilled(30), 30, ""),
        (drilled(31), 30, "failover-gameday-1, the last failover that worked, is 31 days old"),
        (None, 30, "no failover has ever been shown to work"),
    ],
)
def test_an_old_proof_turns_automatic_failover_off(
    drill: Drill | None, limit_days: int, off: str
) -> None:
    """At the configured age it is still on; without a limit it always is."""
    found = why_automatic_is_off(drill, limit_days, NOW)
    assert off in found
    assert bool(found) == bool(off)


@pytest.mark.parametrize(
    ("drill", "reason", "result"),
    [
        (drilled(1), "", Result.PASS),
        (drilled(25), "", Result.WARN),
        (drilled(31), "", Result.FAIL),
        (None, "", Result.FAIL),
        (None, "the table did not answer", Result.UNKNOWN),
    ],
)
def test_the_preflight_warns_before_it_goes_off(
    drill: Drill | None, reason: str, result: Result
) -> None:
    """Days before, somebody can still plan a drill; the remedy is the command."""
    check = drill_check(drill, reason, 30, NOW)
    assert check.result is result
    assert result in {Result.PASS, Result.UNKNOWN} or "landbridge gameday" in check.remedy


def test_only_a_failover_that_recovered_shows_that_one_works() -> None:
    """Neither a refusal, nor a run that is on, nor a way home; the newest one counts."""
    records = [
        record("failback-1", 1, flow="failback"),
        record("failover-2", 2, outcome="refused"),
        record("failover-3", 3, ended_at=None),
        record("failover-5", 5, rto_estimated_seconds=None),
        record("failover-9", 9),
    ]
    assert last_drill(records) == Drill("failover-5", NOW - 5 * DAY, None, 0)
    assert last_drill(records[:3]) is None


def test_a_drill_behind_too_many_runs_is_not_known() -> None:
    """A week's flapping alarm hides the drill, and turns nothing off; refusals of years do."""
    refused = [record(f"failover-{n}", 7.0, outcome="refused") for n in range(RECENT_RUNS)]
    assert "older ones may" in why_drill_is_unknown(refused, 30, NOW)
    assert why_drill_is_unknown(refused[:-1], 30, NOW) == ""
    assert why_drill_is_unknown([*refused[:-1], record("failover-ok", 8.0)], 30, NOW) == ""
    assert why_drill_is_unknown([*refused[:-1], {**refused[0], "started_at": 0.0}], 30, NOW) == ""
