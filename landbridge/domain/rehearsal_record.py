"""A rehearsal's end: as a command reports it, and as the history keeps it.

``ready_seconds`` is from the pod's beginning until the workload was ready on the clone: copying,
starting, promoting and the workload's own start. It is no RTO: nobody waited, and nothing was
detected. What was never reached is None.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from landbridge.domain.errors import InvalidEventError
from landbridge.domain.foreign import printable, shown
from landbridge.domain.rehearsal import Progress
from landbridge.domain.rehearsal_verdict import Production, Verdict

__all__ = ["CHANGED", "FAILED", "FLOW", "LEAKED", "PASSED", "Rehearsed", "rehearsal_record"]

FLOW = "rehearsal"
PASSED, LEAKED, FAILED, CHANGED = "passed", "leaked", "failed", "production changed"
_SCHEMA = 1
_REMEDY = "use landbridge rehearse of this version"
_MOST_CHARACTERS, _MOST_ENTRIES, _LARGEST = 500, 50, 1e15


@dataclass(frozen=True)
class Rehearsed:
    """How it went: production before and after, what was shown, what was found in the end.

    ``started_at`` in epoch seconds.
    """

    run: str
    started_at: float
    seconds: float
    progress: Progress
    verdict: Verdict
    before: Production
    after: Production

    def document(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "run": self.run,
            **asdict(self.verdict),
            "started_at": round(self.started_at, 3),
            "seconds": round(self.seconds, 3),
            "shown": {event: dict(line) for event, line in self.progress.seen.items()},
            "before": asdict(self.before),
            "after": asdict(self.after),
        }


def rehearsal_record(run: str, report: Mapping[str, Any]) -> dict[str, Any]:
    """Return the short record of a report that ``Rehearsed.document`` made.

    Raises InvalidEventError, which names the field that is not one of such a report.
    """
    started_at, seconds = _number(report, "started_at"), _number(report, "seconds")
    shown_events = _mapping(report, "shown")
    leaks = [_text(_object(one, "leaks"), "name") for one in _list(report, "leaks")]
    changed = [_cut(str(one)) for one in _list(report, "differences")]
    passed, failed = report.get("passed") is True, _text(report, "failed")
    outcome = _outcome(passed=passed, failed=failed, leaks=leaks, changed=changed)
    ready = _figure(shown_events, "smoke", "ready_seconds")
    return {
        "schema": _SCHEMA,
        "run": run,
        "flow": FLOW,
        "kind": FLOW,
        "trigger": "manual",
        "reason": "",
        "outcome": outcome,
        "outcome_reason": _reason(outcome, failed, ready, leaks, changed),
        "started_at": started_at,
        "ended_at": started_at + seconds,
        "ready_seconds": ready,
        "copied_seconds": _figure(shown_events, "cloned", "seconds"),
        "copied_bytes": _figure(shown_events, "cloned", "bytes"),
        "promoted_seconds": _figure(shown_events, "promoted", "seconds"),
        "leaks": leaks,
        "changed": changed,
        "manual_steps": [],
    }


def _outcome(*, passed: bool, failed: str, leaks: list[str], changed: list[str]) -> str:
    if leaks:
        return LEAKED
    if failed:
        # A real run that began has changed production: that is not the rehearsal's doing.
        return FAILED
    if changed:
        return CHANGED
    return PASSED if passed else FAILED


def _reason(
    outcome: str, failed: str, ready: float | None, leaks: list[str], changed: list[str]
) -> str:
    if outcome == PASSED:
        after = "" if ready is None else f"ready after {ready:.1f} s, "
        return f"{after}nothing is left, production is as it was"
    said = (failed, *(f"left: {one}" for one in leaks), *(f"changed: {one}" for one in changed))
    return _cut("; ".join(one for one in said if one) or "it did not say why")


def _figure(events: Mapping[str, Any], event: str, name: str) -> float | None:
    line = events.get(event)
    value = line.get(name) if isinstance(line, Mapping) else None
    return _finite(value)


def _finite(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Compared first: a whole number may be too large to be a float.
    return float(value) if abs(value) <= _LARGEST and math.isfinite(value) else None


def _number(report: Mapping[str, Any], name: str) -> float:
    value = _finite(report.get(name))
    if value is None or value < 0:
        raise _wrong(name, report.get(name), "seconds")
    return value


def _text(report: Mapping[str, Any], name: str) -> str:
    value = report.get(name)
    if not isinstance(value, str):
        raise _wrong(name, value, "a text")
    return _cut(value)


def _list(report: Mapping[str, Any], name: str) -> list[Any]:
    value = report.get(name)
    if not isinstance(value, list | tuple):
        raise _wrong(name, value, "a list")
    return list(value)[:_MOST_ENTRIES]


def _mapping(report: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return _object(report.get(name), name)


def _object(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _wrong(name, value, "an object")
    return value


def _wrong(name: str, value: Any, wanted: str) -> InvalidEventError:
    return InvalidEventError(f"report.{name}: {shown(value, name)} is not {wanted}", _REMEDY)


def _cut(text: str) -> str:
    return printable(text[:_MOST_CHARACTERS])
