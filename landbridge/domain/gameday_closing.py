"""A GameDay whose execution ended without a report: stopped from outside, out of time, or broken.

Its own runs go on or are over without it. So what is left is to find out where the workload is, to
lead it home where nobody does, and to say so.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from landbridge.domain.gameday import Leg
from landbridge.domain.gameday_ending import GamedayEnding

__all__ = [
    "Closing",
    "decide_closing",
    "describe_closing",
    "describe_refusal",
    "gameday_of",
    "has_reported",
    "request_of",
]

_GAMEDAY, _OUT, _HOME = "gameday-", "failover-gameday-", "failback-"
_ON, _ARRIVED = frozenset({"RUNNING", ""}), "SUCCEEDED"
_BRING_HOME = "Next: landbridge status, then landbridge failback --watch."
_LOOK = "Next: landbridge status."


@dataclass(frozen=True)
class Closing:
    """``home``: ask for the way home; ``now`` is what is true and the next command.

    ``out_leg`` and ``home_leg`` are the GameDay's runs, empty where there was none.
    """

    home: bool
    now: str
    out_leg: str = ""
    home_leg: str = ""


def gameday_of(detail: Mapping[str, Any]) -> str:
    """Return the GameDay that the execution of this event is, or is a way of; empty: of none.

    Source: EventBridge's "Step Functions Execution Status Change".
    """
    name = str(detail.get("name", ""))
    if name.startswith(_GAMEDAY):
        return name
    incident = str(request_of(detail).get("incident", ""))
    if name.startswith(_OUT) and incident.startswith(_GAMEDAY):
        return incident.removesuffix("-failover")
    return ""


def request_of(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Return the execution's input; nothing where the event has none, or no object."""
    try:
        document = json.loads(detail.get("input") or "{}")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def has_reported(kept: Mapping[str, Any] | None, detail: Mapping[str, Any]) -> bool:
    """Whether the GameDay told its end itself, and knew of the way out that this event may be of.

    One whose starter's answer was lost ends without knowing that its way out began.
    """
    if kept is None or kept["closed"]:
        return False
    return str(detail["name"]).startswith(_GAMEDAY) or "out_leg" in kept["state"]


def decide_closing(runs: Sequence[Leg]) -> Closing:
    """Decide by the runs of both ways since the GameDay began, the newest of each way first."""
    home = next((one for one in runs if one.name.startswith(_HOME)), None)
    out = next((one for one in runs if one.name.startswith(_OUT)), None)
    if home is not None:
        return Closing(False, _homeward(home), out.name if out else "", home.name)
    if out is not None:
        return _outward(out)
    if runs:
        # A fault's failover, or an incident's: nobody knows here whether AWS is well again.
        now = f"Run {runs[0].name} is {runs[0].status or 'on'}. Azure may serve on.\n{_BRING_HOME}"
        return Closing(False, now)
    return Closing(False, f"AWS serves as before: nothing was moved.\n{_LOOK}")


def _outward(out: Leg) -> Closing:
    if out.status in _ON:
        now = f"Its failover, {out.name}, is on; when it has arrived, the way home begins."
        return Closing(False, f"{now}\n{_LOOK}", out.name)
    if out.status == _ARRIVED and out.moved:
        return Closing(True, f"Azure serves; the way home was asked for.\n{_LOOK}", out.name)
    if out.status == _ARRIVED:
        now = f"Its failover, {out.name}, found that Azure served already."
        return Closing(False, f"{now}\n{_LOOK}", out.name)
    now = f"Its failover, {out.name}, did not arrive; its own message has the next command."
    return Closing(False, f"{now}\n{_LOOK}", out.name)


def _homeward(home: Leg) -> str:
    if home.status in _ON:
        return f"Its failback, {home.name}, goes on, and tells how it ended.\n{_LOOK}"
    if home.status == _ARRIVED:
        return f"AWS serves again: {home.name} arrived.\n{_LOOK}"
    return f"Its failback, {home.name}, did not arrive. Azure may serve on.\n{_BRING_HOME}"


def describe_refusal(reason: str) -> str:
    """Return what is true where the way home was refused, and the next command."""
    return f"Azure serves; the way home was refused: {reason}.\n{_BRING_HOME}"


def describe_closing(run: str, status: str, now: str, figures: str = "") -> GamedayEnding:
    """Return the ending of a GameDay with that status of Step Functions."""
    mark = "aborted" if status == "ABORTED" else "failed"
    word = {"ABORTED": "was stopped from outside", "TIMED_OUT": "was over its time"}
    reason = f"its execution {word.get(status, 'ended without a report')}"
    subject = f"landbridge: GameDay {mark}"
    message = f"{subject} (run {run})\n\n{reason}\n{figures}{now}\n"
    return GamedayEnding(mark, f"Gameday{mark.title()}", reason, subject, message)
