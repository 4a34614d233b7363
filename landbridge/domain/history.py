"""An execution's history read as steps: what ran when, how often, and how it ended.

Source: AWS Step Functions API, "HistoryEvent". An event belongs to the step whose state it names or
whose function's ARN it carries; else to the step of its ``previousEventId``.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from landbridge.domain.plan import FAILBACK, FAILOVER, GAMEDAY, step_named

__all__ = ["StepRecord", "read_steps", "seconds_of"]

_STEPS = (*FAILOVER, *FAILBACK, *GAMEDAY, step_named("run_preflight"))
_SCHEDULED = frozenset({"LambdaFunctionScheduled", "TaskScheduled"})
_SUCCEEDED = frozenset({"LambdaFunctionSucceeded", "TaskSucceeded"})
_FAILED = frozenset(
    {
        "LambdaFunctionFailed",
        "LambdaFunctionScheduleFailed",
        "LambdaFunctionStartFailed",
        "LambdaFunctionTimedOut",
        "TaskFailed",
        "TaskStartFailed",
        "TaskTimedOut",
    }
)


@dataclass(frozen=True)
class StepRecord:
    """One step: times in epoch seconds; ``result`` is running, done or the last error's name."""

    name: str
    title: str
    started_at: float
    ended_at: float | None = None
    result: str = "running"
    attempts: int = 0
    output: str = ""
    cause: str = ""


def seconds_of(stamp: Any) -> float:
    """Return epoch seconds for what boto3 (datetime) or JSON (number) has as a timestamp."""
    return float(stamp.timestamp()) if hasattr(stamp, "timestamp") else float(stamp)


def _details(event: Mapping[str, Any]) -> Mapping[str, Any]:
    return next((value for value in event.values() if isinstance(value, Mapping)), {})


def _step_of_arn(arn: str) -> str:
    letters = re.sub(r"[^a-z]", "", arn.lower())
    found = [s.name for s in _STEPS if s.name.replace("_", "") in letters]
    return max(found, key=len, default="")


_BY_TITLE = {
    **{step.title: step.name for step in _STEPS},
    # States that call a step which another state calls too.
    "Fence Primary First": "fence_primary",
    "Scale Primary Again": "scale_primary",
    "Undo Admission": "undo_failback",
    "Give Writes Back": "undo_failback",
    "Observe Return Again": "observe_return",
    "Announce End": "announce_gameday",
    "Start Leg Home": "start_leg",
    **{f"Watch {phase}": "watch_gameday" for phase in ("Out", "Soak", "Home")},
}
_TITLES = {step.name: step.title for step in _STEPS}


def _step_of_state(name: str) -> str:
    return _BY_TITLE.get(name, "")


def read_steps(events: Iterable[Mapping[str, Any]]) -> list[StepRecord]:
    """Return the steps that were begun, in that order."""
    steps: dict[str, StepRecord] = {}
    owner: dict[int, str] = {}
    for event in events:
        details = _details(event)
        name = (
            _step_of_state(str(details.get("name", "")))
            or _step_of_arn(str(details.get("resource", "")))
            or owner.get(int(event.get("previousEventId", 0)), "")
        )
        owner[int(event["id"])] = name
        if name:
            at = seconds_of(event["timestamp"])
            step = steps.get(name) or StepRecord(name, _TITLES[name], at)
            steps[name] = _advanced(step, str(event["type"]), at, details)
    return list(steps.values())


def _advanced(step: StepRecord, kind: str, at: float, details: Mapping[str, Any]) -> StepRecord:
    if kind in _SCHEDULED:
        return replace(step, attempts=step.attempts + 1, ended_at=None, result="running")
    if kind in _SUCCEEDED:
        return replace(step, ended_at=at, result="done", output=str(details.get("output", "")))
    if kind in _FAILED:
        error, cause = str(details.get("error", "failed")), str(details.get("cause", ""))
        return replace(step, ended_at=at, result=error, cause=cause)
    return step
