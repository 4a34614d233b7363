"""What the history keeps of a rehearsal."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from landbridge.domain.errors import InvalidEventError
from landbridge.domain.kept_runs import rehearsal_run
from landbridge.domain.rehearsal import Progress
from landbridge.domain.rehearsal_record import Rehearsed, rehearsal_record
from landbridge.domain.rehearsal_verdict import Leak, Verdict
from tests.adapters.rehearsed_world import CALM
from tests.malformed.mutations import spoilt

SEEN: Mapping[str, Mapping[str, Any]] = {
    "cloned": {"event": "cloned", "bytes": 4096, "seconds": 1.5},
    "promoted": {"event": "promoted", "timeline": 2, "seconds": 0.3},
    "smoke": {"event": "smoke", "order": "1", "ready_seconds": 2.25},
}
PASSED = Verdict(passed=True, failed="", remedy="", leaks=(), differences=())
GOOD = Rehearsed(
    run="rehearsal-1",
    started_at=1000.0,
    seconds=12.5,
    progress=Progress("All was shown", done=True, seen=SEEN),
    verdict=PASSED,
    before=CALM,
    after=CALM,
)


def record(done: Rehearsed = GOOD) -> dict[str, Any]:
    """Return the record of a rehearsal's report."""
    return rehearsal_record(done.run, done.document())


def test_a_good_one_is_kept_with_its_time_to_ready_and_nothing_left() -> None:
    """As a row of the history, of a kind of its own."""
    row = rehearsal_run(record())
    assert (row.run, row.kind, row.flow) == ("rehearsal-1", "rehearsal", "rehearsal")
    assert (row.started_at, row.ended_at) == (1000.0, 1012.5)
    assert (row.outcome, row.ready_seconds, row.leaks) == ("passed", 2.25, ())
    assert row.outcome_reason == ("ready after 2.2 s, nothing is left, production is as it was")
    assert (row.rto_seconds, row.known_rto_seconds, row.manual_steps) == (None, None, None)


LEFT = (Leak("Pod orders/x", "delete it"),)


@pytest.mark.parametrize(
    ("changes", "outcome", "reason"),
    [
        ({"leaks": LEFT}, "leaked", "left: Pod orders/x"),
        ({"differences": ("DNS: aws, then azure",)}, "production changed", "changed: DNS: aws"),
        ({"failed": "failover-1 began"}, "failed", "failover-1 began"),
        (
            {"failed": "failover-1 began", "differences": ("gate: closed, then engaged",)},
            "failed",
            "failover-1 began; changed: gate",
        ),
        ({"failed": "no", "leaks": LEFT}, "leaked", "no; left: Pod orders/x"),
        ({}, "failed", "it did not say why"),
    ],
)
def test_what_went_wrong_is_its_outcome(changes: dict[str, Any], outcome: str, reason: str) -> None:
    """A leak counts most; a run that began is no rehearsal's change of production."""
    done = replace(GOOD, verdict=replace(PASSED, passed=False, **changes))
    kept = record(done)
    assert kept["outcome"] == outcome
    assert kept["outcome_reason"].startswith(reason)


def test_what_was_never_reached_is_not_known() -> None:
    """None, and no zero."""
    kept = record(replace(GOOD, progress=Progress("Copying")))
    assert (kept["ready_seconds"], kept["copied_bytes"], kept["promoted_seconds"]) == (None,) * 3


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"started_at": "then"}, "started_at"),
        ({"seconds": float("nan")}, "seconds"),
        ({"seconds": -1}, "seconds"),
        ({"leaks": None}, "leaks"),
        ({"leaks": ["x"]}, "leaks"),
        ({"leaks": [{"name": 3}]}, "name"),
        ({"differences": "x"}, "differences"),
        ({"failed": None}, "failed"),
        ({"shown": []}, "shown"),
    ],
)
def test_each_wrong_field_of_a_report_is_named(change: dict[str, Any], field: str) -> None:
    """Nothing is kept that is no report."""
    with pytest.raises(InvalidEventError, match=f"report.{field}: "):
        rehearsal_record("rehearsal-1", {**GOOD.document(), **change})


def test_a_spoilt_report_is_refused_or_a_sound_record() -> None:
    """No other error, whatever came."""
    for case in spoilt(GOOD.document(), 31, 120):
        try:
            document = case.document()
            kept = rehearsal_record("rehearsal-1", document)
        except (ValueError, RecursionError, InvalidEventError):
            continue
        except AttributeError:
            assert not isinstance(document, dict)
            continue
        assert rehearsal_run(kept).kind == "rehearsal"
