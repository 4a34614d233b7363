"""How a run ended, in words for the record and for the person who is woken by it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["REFUSALS", "Ending", "describe_ending"]

# Named reasons at a safe point: the run was not meant to go on. Everything else is a failure.
REFUSALS = frozenset(
    {
        "FenceUnconfirmedError",
        "InvalidEventError",
        "LockHeldError",
        "OutageNotConfirmedError",
        "PromotionRefusedError",
        "ReplayBehindError",
        "SiteUnknownError",
        "StaleEpochError",
    }
)
_RESUME = "landbridge failover --resume"
_ALREADY_PROMOTED = "AlreadyPromotedError"


@dataclass(frozen=True)
class Ending:
    """``outcome`` is recovered, refused or failed; ``message`` ends with what to do next."""

    outcome: str
    reason: str
    subject: str
    message: str


@dataclass(frozen=True)
class _Caught:
    """What a Catch wrote, ``{"Error", "Cause"}``, as the function said it."""

    name: str
    cause: str

    def __str__(self) -> str:
        return f"{self.name}: {self.cause}"


def describe_ending(run: str, state: Mapping[str, Any]) -> Ending:
    """Return the ending of the run whose last state this is.

    ``state["ending"]["mark"]`` is recovered, undone or stopped; ``state["error"]`` is what led
    there, ``state["undo_error"]`` why it was not undone.
    """
    mark = state.get("ending", {}).get("mark", "stopped")
    if mark == "recovered":
        return _recovered(run, state)
    error = _caught(state.get("error"))
    if mark == "undone":
        outcome = "refused" if error.name in REFUSALS else "failed"
        return _ending(outcome, str(error), run, f"{error.cause}\n{_undone(state)}")
    undo = _caught(state.get("undo_error"))
    if not undo.name:
        done = "After promotion nothing is undone."
        return _ending("failed", str(error), run, f"{error.cause}\n{done} Go on with: {_RESUME}")
    reason = f"{error}; not undone: {undo}"
    if undo.name == _ALREADY_PROMOTED:
        return _ending("failed", reason, run, f"{error.cause}\n{undo.cause}\nGo on with: {_RESUME}")
    left = "The gate may still be engaged, AWS fenced and Azure's pods started."
    text = f"{error.cause}\nUndoing it failed: {undo.cause}\n{left} Go on or undo with: {_RESUME}"
    return _ending("failed", reason, run, text)


def _recovered(run: str, state: Mapping[str, Any]) -> Ending:
    text = "Azure serves: promoted, verified, and every name server answers it."
    gate = state.get("gate") or state.get("observed", {}).get("gate", {})
    fence = _caught(state.get("moved", {}).get("fence", {}).get("failed"))
    # Synchronous only: elsewhere the fence comes first and its failure ends the run.
    fenced = f" AWS was not fenced: {fence}." if fence.name else ""
    epoch = f" Epoch {gate.get('epoch')}."
    return _ending("recovered", text, run, f"{text}{fenced}{epoch} Next: landbridge status.")


def _undone(state: Mapping[str, Any]) -> str:
    if "undone" not in state:
        return "This run changed nothing."
    return f"AWS is the active site again. Undone: {'; '.join(state['undone']['notes'])}."


def _ending(outcome: str, reason: str, run: str, message: str) -> Ending:
    subject = f"landbridge: failover {outcome}"
    return Ending(outcome, reason, subject, f"{subject} (run {run})\n\n{message}\n")


def _caught(caught: Mapping[str, Any] | None) -> _Caught:
    if not caught:
        return _Caught("", "")
    name, cause = str(caught.get("Error", "")), str(caught.get("Cause", ""))
    try:
        document = json.loads(cause)
    except ValueError:
        return _Caught(name, cause)
    if isinstance(document, dict):
        said = str(document.get("errorMessage") or cause)
        return _Caught(str(document.get("errorType") or name), said)
    return _Caught(name, cause)
