"""Whose turn it is, and how each workload ended: decided anew before each wave.

An ending is ``{"workload", "run", "outcome", "reason"}``. ``run`` is empty where there was none.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from landbridge.domain.ending import REFUSALS
from landbridge.domain.waves import After, waves_of

__all__ = [
    "Outcome",
    "Turn",
    "WorkloadEnding",
    "next_turn",
    "read_ending",
    "run_outcome",
    "wait_seconds",
]

# Between two looks at a run, by how long it has been on, both in seconds. An execution's history
# has 25,000 events (AWS Step Functions, "Quotas"), of which a look takes nine: so a day of a
# failback takes 1,600 for each workload.
_WAITS = ((3_600, 1), (3 * 3_600, 300))
_LONGEST_WAIT_SECONDS = 900


class Outcome(StrEnum):
    """How a workload's part ended. Nobody who waits for it goes on but after ``ARRIVED``."""

    ARRIVED = "arrived"
    REFUSED = "refused"
    FAILED = "failed"
    NOT_BEGUN = "not_begun"
    UNKNOWN = "unknown"  # its run could not be looked at any more


@dataclass(frozen=True)
class WorkloadEnding:
    """One workload's, with its reason in words; the reason is empty where it arrived."""

    workload: str
    run: str
    outcome: Outcome
    reason: str


@dataclass(frozen=True)
class Turn:
    """``wave`` are the workloads to begin now, none where all have ended.

    ``number`` counts from 1 and ``of`` is how many waves there are; ``endings`` are all so far.
    """

    wave: tuple[str, ...]
    number: int
    of: int
    endings: tuple[WorkloadEnding, ...]

    @property
    def done(self) -> bool:
        """Whether every workload has its ending."""
        return not self.wave


def next_turn(after: After, endings: Iterable[WorkloadEnding]) -> Turn:
    """Return the next workloads to begin; who waits for one that did not arrive is not begun.

    ``after`` is of the way that is gone. Raises ConfigurationError as ``waves_of``.
    """
    waves = waves_of(after)
    ended = {one.workload: one for one in endings}
    for number, wave in enumerate(waves, 1):
        ready = []
        for name in wave:
            if name in ended:
                continue
            missing = _missing(after[name], ended)
            if missing:
                ended[name] = WorkloadEnding(name, "", Outcome.NOT_BEGUN, missing)
            else:
                ready.append(name)
        if ready:
            return Turn(tuple(ready), number, len(waves), tuple(ended.values()))
    return Turn((), len(waves), len(waves), tuple(ended.values()))


def _missing(others: Sequence[str], ended: Mapping[str, WorkloadEnding]) -> str:
    """Return why a workload can't begin, empty where it can."""
    words = {Outcome.NOT_BEGUN: "was not begun", Outcome.UNKNOWN: "could not be followed"}
    lacking = [ended[name] for name in others if ended[name].outcome is not Outcome.ARRIVED]
    return "; ".join(
        f"it waits for {one.workload}, which {words.get(one.outcome, f'was {one.outcome}')}"
        if one.outcome is not Outcome.FAILED
        else f"it waits for {one.workload}, which failed"
        for one in lacking
    )


def read_ending(document: Mapping[str, Any]) -> WorkloadEnding:
    """Return the ending that a wave left.

    In the place of a reason it may have an ``error``, ``{"Error", "Cause"}``, as a Catch wrote it.
    """
    error = document.get("error")
    reason = str(document.get("reason", ""))
    if isinstance(error, Mapping):
        # A timeout of Step Functions has a name alone.
        reason = str(error.get("Cause") or error.get("Error", ""))
    return WorkloadEnding(
        workload=str(document["workload"]),
        run=str(document["run"]),
        outcome=Outcome(document["outcome"]),
        reason=_said(reason),
    )


def run_outcome(status: str, error: str, cause: str) -> tuple[Outcome | None, str]:
    """Return how an execution ended and why, by Step Functions' words; None while it is on."""
    name, text = _raised(cause)
    name = name or error
    if status == "RUNNING":
        return None, ""
    if status == "SUCCEEDED":
        return Outcome.ARRIVED, ""
    if status != "FAILED":
        return Outcome.FAILED, f"its run was {status.lower().replace('_', ' ')}"
    outcome = Outcome.REFUSED if name in REFUSALS else Outcome.FAILED
    return outcome, f"{name}: {text}" if text else name or "its run gives no reason"


def wait_seconds(since_seconds: float) -> int:
    """Return how long to wait for the next look at a run that has been on for so long."""
    return next((wait for until, wait in _WAITS if since_seconds < until), _LONGEST_WAIT_SECONDS)


def _said(reason: str) -> str:
    name, text = _raised(reason)
    return f"{name}: {text}" if name and text else text or name


def _raised(cause: str) -> tuple[str, str]:
    """Return the name and the text of what a function raised; no name where it is a plain text."""
    try:
        document = json.loads(cause)
    except ValueError:
        return "", cause
    if not isinstance(document, dict) or "errorType" not in document:
        return "", cause
    return str(document["errorType"]), str(document.get("errorMessage", ""))
