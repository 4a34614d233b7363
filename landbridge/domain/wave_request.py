"""What several workloads are moved with: the request, and what each one's starter is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from landbridge.domain.errors import InvalidEventError
from landbridge.domain.foreign import shown
from landbridge.domain.starting import StartRequest, execution_name, parse_request

__all__ = [
    "WAYS",
    "WavesRequest",
    "parse_waves",
    "request_document",
    "workload_event",
    "workload_run",
]

WAYS = ("failover", "failback")
_ASKED = ("reason", "planned", "accept_data_loss", "force", "discard_forked_rows")


@dataclass(frozen=True)
class WavesRequest:
    """``flow`` is the way that all go; ``request`` is what a person would ask one workload with."""

    flow: str
    request: StartRequest


def parse_waves(event: object, now: float) -> WavesRequest:
    """Return the request in the event; raise InvalidEventError, which names the field.

    It is what ``parse_request`` takes, a person's, with ``"flow": "failover"`` or ``"failback"``.
    This is also the machine's own input, so that it can be started by hand in the console.
    """
    request = parse_request(event, now)
    flow = event.get("flow", "failover") if isinstance(event, Mapping) else ""
    if flow not in WAYS:
        raise InvalidEventError(f"flow: {shown(flow)} is no way to go", f"one of {', '.join(WAYS)}")
    if request.trigger != "manual":
        # Each workload has an alarm and a watchdog of its own, which ask its own starter.
        raise InvalidEventError(
            f"trigger: {shown(request.trigger)} moves one workload", "leave it out"
        )
    given = isinstance(event, Mapping) and "incident" in event
    # Both ways may be asked for in one second.
    incident = request.incident if given else f"{flow}-{request.incident}"
    return WavesRequest(str(flow), replace(request, incident=incident))


def request_document(asked: WavesRequest) -> dict[str, Any]:
    """Return the request as it is carried from wave to wave, JSON-safe."""
    return {name: getattr(asked.request, name) for name in _ASKED}


def workload_event(run: str, request: Mapping[str, Any], at: str | float) -> dict[str, Any]:
    """Return the event for one workload's starter; the same for copies of one request.

    ``run`` is the parent's, ``at`` when its turn came: a later wave is no old event.
    """
    return {
        "trigger": "manual",
        "incident": run,
        "occurred_at": at,
        **{name: request[name] for name in _ASKED},
    }


def workload_run(flow: str, event: Mapping[str, Any], now: float) -> str:
    """Return the name of the execution that the starter makes of that event."""
    return execution_name(parse_request(event, now), flow)
