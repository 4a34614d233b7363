"""What a GameDay is asked for with, and what it asks the starters for."""

from collections.abc import Mapping
from typing import Any

from landbridge.domain.starting import (
    MAX_TEXT_CHARACTERS,
    StartRequest,
    execution_name,
    parse_request,
)

__all__ = ["incident_event", "leg_event", "leg_name", "parse_gameday"]

_TRIGGER = "gameday"


def parse_gameday(event: object, now: float) -> StartRequest:
    """Return the request for a GameDay; planned unless it says otherwise.

    Raises InvalidEventError, which names the field.
    """
    if isinstance(event, Mapping):
        event = {"planned": True, **event}
    return parse_request(event, now)


def leg_event(
    flow: str, run: str, request: Mapping[str, Any], occurred_at: str | float
) -> dict[str, Any]:
    """Return the event for the starter of ``flow``; the same for copies of one request.

    ``run`` is the GameDay's, ``occurred_at`` when its state was entered.
    """
    reason = f"GameDay {run}: {request['reason']}"
    return {
        "trigger": _TRIGGER,
        "reason": reason[:MAX_TEXT_CHARACTERS],
        "incident": f"{run}-{flow}",
        "occurred_at": occurred_at,
        "planned": flow == "failover" and request["planned"],
    }


def leg_name(flow: str, event: Mapping[str, Any], now: float) -> str:
    """Return the name of the execution that the starter makes of that event."""
    return execution_name(parse_request(event, now), flow)


def incident_event(run: str, at: float) -> dict[str, Any]:
    """Return the event for a failover that no person asked for: the votes must confirm it.

    AWS's own alarm may have come while a run of the GameDay was on, and have been refused for it.
    """
    return {
        "trigger": "watchdog",
        "reason": f"the alarm on AWS is on, and GameDay {run} leads no more",
        "incident": f"{run}-incident",
        "occurred_at": at,
    }
