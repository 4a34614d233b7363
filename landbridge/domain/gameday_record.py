"""A GameDay's short record: what it was asked for, how it ended, and what people did in it.

The two runs that it asks for have records of their own, with their figures.
"""

from collections.abc import Mapping
from typing import Any

from landbridge.domain.run_record import REASON_CHARACTERS, SCHEMA

__all__ = ["gameday_record"]

_PHASES = ("watched_announced", "watched_out", "watched_soak", "watched_home")


def gameday_record(
    run: str,
    state: Mapping[str, Any],
    outcome: str,
    reason: str,
    *,
    started_at: float,
    ended_at: float | None,
) -> dict[str, Any]:
    """Return the record by the machine's last state; times in epoch seconds, JSON-safe.

    ``outcome`` is the ending's mark, or running.
    """
    # One that was refused has its request where the machine's input was.
    request = state.get("request") or state.get("input") or state
    return {
        "schema": SCHEMA,
        "run": run,
        "flow": "gameday",
        "kind": "gameday",
        "trigger": str(request.get("trigger", "manual")),
        "reason": str(request.get("reason", "")),
        "planned": request.get("planned") is not False,
        "outcome": outcome,
        "outcome_reason": reason[:REASON_CHARACTERS],
        "started_at": started_at,
        "ended_at": ended_at,
        "legs": [state[leg]["run"] for leg in ("out_leg", "home_leg") if leg in state],
        "manual_steps": _aborted(run, state),
    }


def _aborted(run: str, state: Mapping[str, Any]) -> list[str]:
    decisions = [state[phase] for phase in _PHASES if phase in state]
    said = [str(one["reason"]) for one in decisions if one.get("mark") == "aborted"]
    return [f"{said[0]} ({run})"] if said else []
