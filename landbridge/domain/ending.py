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


@dataclass(frozen=True)
class Ending:
    """``outcome`` is recovered, refused or failed; ``message`` ends with what to do next."""

    outcome: str
    reason: str
    subject: str
    message: str


def describe_ending(run: str, state: Mapping[str, Any]) -> Ending:
    """Return the ending of the run whose last state this is.

    ``state["ending"]["mark"]`` is recovered, undone or stopped; ``state["error"]`` is what a Catch
    wrote: ``{"Error", "Cause"}``.
    """
    mark = state.get("ending", {}).get("mark", "stopped")
    if mark == "recovered":
        text = "Azure serves: promoted, verified, and every name server answers it."
        epoch = state.get("lock", {}).get("epoch")
        return _ending("recovered", text, run, f"{text} Epoch {epoch}. Next: landbridge status.")
    name, cause = _error(state)
    if mark == "stopped":
        todo = "After promotion nothing is undone. Go on with: landbridge failover --resume"
        return _ending("failed", f"{name}: {cause}", run, f"{cause}\n{todo}")
    outcome = "refused" if name in REFUSALS else "failed"
    undone = " ".join(state.get("undone", {}).get("notes", [])) or "Nothing was changed."
    return _ending(outcome, f"{name}: {cause}", run, f"{cause}\nAWS is the active site. {undone}")


def _ending(outcome: str, reason: str, run: str, message: str) -> Ending:
    subject = f"landbridge: failover {outcome}"
    return Ending(outcome, reason, subject, f"{subject} (run {run})\n\n{message}\n")


def _error(state: Mapping[str, Any]) -> tuple[str, str]:
    # The error of the undo comes after the one that led to it, and is the worse one.
    caught = state.get("undo_error") or state.get("error") or {}
    name, cause = str(caught.get("Error", "unknown")), str(caught.get("Cause", ""))
    try:
        document = json.loads(cause)
    except ValueError:
        return name, cause
    if isinstance(document, dict):
        return str(document.get("errorType") or name), str(document.get("errorMessage") or cause)
    return name, cause
