"""A GameDay in words: its announcement, and how it ended, for the record and for people."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["GamedayEnding", "describe_announcement", "describe_gameday", "gameday_phase"]

_REFUSALS = frozenset({"GamedayRefusedError", "InvalidEventError"})
_PHASES = ("watched_home", "watched_soak", "watched_out", "watched_announced")
_LOOK = "Next: landbridge status."
_ABORT = "To stop it at the nearest safe state: landbridge gameday --abort."


@dataclass(frozen=True)
class GamedayEnding:
    """``mark`` is completed, refused, aborted, stopped, incident or failed.

    ``error`` is the execution's own, ``message`` says what happened, what is true now, what next.
    """

    mark: str
    error: str
    reason: str
    subject: str
    message: str


def describe_announcement(run: str, state: Mapping[str, Any]) -> tuple[str, str]:
    """Return subject and message of a GameDay that begins when its notice is over."""
    request, plan = state["request"], state["plan"]
    subject = "landbridge: GameDay announced"
    when = f"in {plan['notice_seconds']} s"
    after = f"Azure then serves for {plan['soak_seconds']} s, and AWS again after that."
    begins = f"A planned switchover to Azure begins {when}."
    if not request["planned"]:
        begins = f"A fault is to be made {when}, no sooner; the failover that it starts counts."
    message = f"{subject} (run {run})\n\n{request['reason']}\n{begins} {after}\n{_ABORT}\n"
    return subject, message


def gameday_phase(state: Mapping[str, Any]) -> str:
    """Return in words where the GameDay is whose present state this is."""
    if "home_leg" in state:
        return "on the way home"
    if state.get("watched_out", {}).get("action") == "go_on":
        return "Azure serves for a while"
    if "out_leg" in state:
        return "on the way to Azure"
    return "announced" if "plan" in state else "its checks"


def describe_gameday(run: str, state: Mapping[str, Any], figures: str = "") -> GamedayEnding:
    """Return the ending of the GameDay whose last state this is; ``figures`` is a line or empty."""
    mark, reason = _mark(state)
    subject = f"landbridge: GameDay {mark}"
    message = f"{subject} (run {run})\n\n{reason}\n{_legs(state)}{figures}{_now(mark, state)}\n"
    return GamedayEnding(mark, f"Gameday{mark.title()}", reason, subject, message)


def _mark(state: Mapping[str, Any]) -> tuple[str, str]:
    handed = state.get("handed") or state.get("hand_error")
    decisions = [state[phase] for phase in _PHASES if phase in state]
    if handed:
        said = _caught(state.get("error"))[1] or decisions[0]["reason"]
        return "incident", f"{said}. The GameDay leads no more"
    error, cause = _caught(state.get("error"))
    if error:
        return ("refused" if error in _REFUSALS else "failed"), cause
    if state.get("watched_home", {}).get("mark") == "failed":
        return "failed", state["watched_home"]["reason"]
    # The way home is the same, however it began: what began it tells why.
    marked = [one for one in reversed(decisions) if one.get("mark")]
    soak = _caught(state.get("soak_error"))
    if soak[0]:
        marked.append({"mark": "stopped", "reason": f"while Azure served: {soak[1]}"})
    if marked:
        return marked[0]["mark"], marked[0]["reason"]
    if state.get("watched_home", {}).get("action") == "end":
        return "completed", "Azure served, and AWS serves again"
    return "failed", "it did not get to its end"


def _legs(state: Mapping[str, Any]) -> str:
    legs = [
        f"{word}: run {state[name]['run']}. See: landbridge report {state[name]['run']}\n"
        for word, name in (("Out", "out_leg"), ("Home", "home_leg"))
        if name in state
    ]
    return "".join(legs)


def _now(mark: str, state: Mapping[str, Any]) -> str:
    if mark == "incident":
        handed = state.get("handed") or {}
        error = _caught(state.get("hand_error"))[1]
        return f"{handed.get('reason') or error or 'The incident has its own run.'}\n{_LOOK}"
    if "out_leg" not in state and state.get("watched_announced", {}).get("action") == "go_on":
        return f"Its way out was asked for, and may be on or over.\n{_LOOK}"
    if "out_leg" not in state:
        return f"AWS serves as before: nothing was moved.\n{_LOOK}"
    home = state.get("watched_home", {})
    if home.get("action") == "end" and home.get("mark") != "failed":
        return f"AWS serves again, and Azure is its standby.\n{_LOOK}"
    if state.get("watched_out", {}).get("action") == "end":
        return f"Its run tells what it undid, or the command that goes on.\n{_LOOK}"
    return "Azure may serve on.\nNext: landbridge status, then landbridge failback --watch."


def _caught(caught: Mapping[str, Any] | None) -> tuple[str, str]:
    """Return the error's name and text, as the function said them."""
    if not caught:
        return "", ""
    name, cause = str(caught.get("Error", "")), str(caught.get("Cause", ""))
    try:
        document = json.loads(cause)
    except ValueError:
        return name, cause
    if not isinstance(document, dict):
        return name, cause
    return str(document.get("errorType") or name), str(document.get("errorMessage") or cause)
