"""What people did in a run or beside it: each override, approval, rejection or mend is one step."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

__all__ = ["BY_HAND", "own_manual_steps", "resequenced_by_hand"]

# The kind of record that a step has which is part of no run: ``{"at", "text"}``, epoch seconds.
BY_HAND = "by-hand"

_OVERRIDES = {
    "force": "overrode the votes: --force",
    "accept_data_loss": "accepted that writes may be lost: --accept-data-loss",
    "discard_forked_rows": "let the old primary's own rows go: --discard-forked-rows",
}
_REJECTED = "rejected by "


def own_manual_steps(
    run: str, request: Mapping[str, Any], state: Mapping[str, Any]
) -> Iterator[str]:
    """Yield what people did in this one run; starting the first run of an incident is none."""
    for option, text in _OVERRIDES.items():
        if request.get(option) is True:
            yield f"{text} ({run})"
    approval = state.get("approval")
    if isinstance(approval, Mapping) and approval.get("approved_by"):
        yield f"approved by {approval['approved_by']} ({run})"
    error = state.get("error")
    if isinstance(error, Mapping) and error.get("Error") == "ApprovalDeniedError":
        cause = str(error.get("Cause", ""))
        if cause.startswith(_REJECTED):
            yield f"{cause} ({run})"


def resequenced_by_hand(site: str, moved: int, by: str, at: float) -> dict[str, Any]:
    """Return the step that a person's ``landbridge resequence`` was."""
    when = datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
    return {
        "at": at,
        "text": f"{moved} sequences moved by {by}: landbridge resequence --site {site} ({when})",
    }
