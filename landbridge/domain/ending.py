"""How a run ended, in words for the record and for the person who is woken by it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from landbridge.domain.after_run import after_recovery, after_undoing
from landbridge.domain.errors import parted

__all__ = ["REFUSALS", "Ending", "describe_ending"]

# Named reasons at a safe point: the run was not meant to go on. Everything else is a failure.
REFUSALS = frozenset(
    {
        "AlreadyOnAwsError",
        "ApprovalDeniedError",
        "FenceUnconfirmedError",
        "HoldExpiredError",
        "InvalidEventError",
        "LockHeldError",
        "OutageNotConfirmedError",
        "PromotionRefusedError",
        "ReplayBehindError",
        "SiteUnknownError",
        "StaleEpochError",
    }
)
_RESUME = {"failover": "landbridge failover --resume", "failback": "landbridge failback"}
_POINT = {"failover": "promotion", "failback": "AWS was admitted"}
_SERVES = {"failover": "AWS", "failback": "Azure"}
_ANOTHERS = frozenset({"LockHeldError", "StaleEpochError"})
_STANDS = {
    "failover": "Azure's database is promoted and takes the writes; its pods, the gate or DNS are"
    " not there yet.",
    "failback": "AWS's database takes the writes; DNS may still answer Azure, and AWS may have no"
    " standby yet.",
}
_LEFT = {
    "failover": "The gate may still be engaged, AWS fenced and Azure's pods started.",
    "failback": "Azure's writes may still be held.",
}
_ALREADY_PROMOTED = "AlreadyPromotedError"
_COMMAND = "`landbridge "
_UNSAID = "no reason was given"


@dataclass(frozen=True)
class Ending:
    """``outcome`` is recovered, refused or failed.

    ``message`` says what happened, what is true now, and ends with the next command.
    """

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
        return f"{self.name}: {self.cause}" if self.cause else self.name or _UNSAID

    @property
    def told(self) -> str:
        """The cause for a person: a timeout of Step Functions has a name alone."""
        return self.cause or self.name or _UNSAID


def describe_ending(run: str, state: Mapping[str, Any]) -> Ending:
    """Return the ending of the run whose last state this is.

    ``state["ending"]["mark"]`` is recovered, undone or stopped, ``state["ending"]["machine"]``
    failback where it is not failover; ``state["error"]`` is what led there, ``state["undo_error"]``
    why it was not undone.
    """
    ending = state.get("ending", {})
    mark, machine = ending.get("mark", "stopped"), ending.get("machine", "failover")
    about = partial(_ending, machine, run)
    if mark == "recovered":
        return about("recovered", *(_recovered(state) if machine == "failover" else _home(state)))
    error = _caught(state.get("error"))
    if mark == "undone":
        outcome = "refused" if error.name in REFUSALS else "failed"
        return about(outcome, str(error), _told_undone(state, machine, error))
    undo, resume = _caught(state.get("undo_error")), _RESUME[machine]
    if not undo.name:
        done = f"{_STANDS[machine]} After {_POINT[machine]} nothing is undone."
        return about("failed", str(error), f"{error.told}\n{done} Go on with: {resume}")
    reason = f"{error}; not undone: {undo}"
    if undo.name == _ALREADY_PROMOTED:
        now = f"{undo.told}\n{_STANDS[machine]} Go on with: {resume}"
        return about("failed", reason, f"{error.told}\n{now}")
    text = f"{error.told}\nUndoing it failed: {undo.told}\n{_LEFT[machine]}"
    return about("failed", reason, f"{text} Go on or undo with: {resume}")


def _recovered(state: Mapping[str, Any]) -> tuple[str, str]:
    text = "Azure serves: promoted, verified, and every name server answers it."
    gate = state.get("gate") or state.get("observed", {}).get("gate", {})
    epoch = "" if gate.get("epoch") is None else f" Epoch {gate['epoch']}."
    return text, f"{text}{_not_fenced(state)}{epoch}\n{after_recovery('failover')}"


def _not_fenced(state: Mapping[str, Any]) -> str:
    """Return a sentence for each way in which AWS's fence is not whole, or an empty text."""
    fence, stopped = state.get("moved", {}).get("fence", {}), state.get("stopped", {})
    # Synchronous only: elsewhere the fence comes first and its failure ends the run.
    failed, not_stopped = _caught(fence.get("failed")), _caught(state.get("stop_error"))
    said = f" AWS was not fenced: {failed}." if failed.name else ""
    if not stopped and not not_stopped.name:
        said += " AWS's database was not stopped by this run."
    if not_stopped.name:
        said += f" AWS's database was not stopped: {not_stopped}."
    layers = [*fence.get("evidence", []), *stopped.get("evidence", [])]
    missing = [f"{one['layer']} ({one['result']})" for one in layers if one["result"] != "done"]
    return f"{said} Layers of the fence that AWS lacks: {', '.join(missing)}." if missing else said


def _home(state: Mapping[str, Any]) -> tuple[str, str]:
    text = "AWS serves again, and Azure is its standby."
    forked = state.get("rebuilt_primary", {}).get("result", {})
    rows = forked.get("forked_rows", 0)
    told = ""
    if rows:
        where = f"exported to {forked.get('export')}" if forked.get("export") else "discarded"
        told = f"\n{rows} rows that only the old AWS primary had were {where}."
    return text, f"{text}{told}\n{after_recovery('failback')}"


def _undone(state: Mapping[str, Any], machine: str, error: _Caught) -> str:
    if "undone" in state:
        notes = "; ".join(state["undone"]["notes"])
        return f"{_SERVES[machine]} is the active site again. Undone: {notes}."
    found = state.get("again", {}).get("observed", {}).get("situation")
    if found == "held" and "given_back" not in state:
        return f"This run did not get far. {_LEFT[machine]}"
    whose = "the other run's affair" if error.name in _ANOTHERS else "as it was before"
    return f"This run changed nothing. Which site serves is {whose}."


def _told_undone(state: Mapping[str, Any], machine: str, error: _Caught) -> str:
    # A remedy with a command of its own knows more than the error's name does, and takes the place
    # of its command: nobody is sent two ways.
    message, remedy = parted(error.told)
    own = _COMMAND in remedy
    said = message if own else error.told
    after = (
        f"Next: {remedy.replace('`', '').rstrip('.')}."
        if own
        else after_undoing(machine, error.name)
    )
    return f"{said}\n{_undone(state, machine, error)}\n{after}"


def _ending(machine: str, run: str, outcome: str, reason: str, message: str) -> Ending:
    subject = f"landbridge: {machine} {outcome}"
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
