"""Does an event start a failover? Duplicates, stale events and flapping are refused with a reason.

EventBridge delivers at least once and retries for up to 24 hours (EventBridge User Guide, "Retry
policy"); StartExecution is idempotent for the same name and input while the execution runs (Step
Functions API). So the execution's name is made from the incident, and old events are refused.
"""

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from landbridge.domain.drill_age import AUTOMATIC, TURNS_ON
from landbridge.domain.errors import InvalidEventError
from landbridge.domain.foreign import shown, shown_name, unsound

__all__ = [
    "StartDecision",
    "StartRequest",
    "decide_start",
    "moment_of",
    "own_words",
    "parse_request",
    "parse_start_event",
]

TRIGGERS = ("alarm", "manual", "gameday", "watchdog", "timer")
_ALARM_DETAIL = "CloudWatch Alarm State Change"
# Twice CloudWatch's own limit for an alarm's reason; a run's whole input may have 256 KiB.
MAX_TEXT_CHARACTERS = 2_046
_WHOLE = "hand on the event as CloudWatch sent it"
_TIME = "give epoch seconds, or a time with its offset, as 2026-11-23T09:00:00Z"
_FAR_SECONDS = 10**12  # further off than any event; JSON's integers have no end, names have


@dataclass(frozen=True)
class StartRequest:
    """Who asks for a failover, why, and how. ``incident`` is the same for copies of one event.

    ``asked_at`` is what makes an event old, in epoch seconds; None: when it occurred.
    """

    trigger: str
    reason: str
    incident: str
    occurred_at: float
    planned: bool = False
    accept_data_loss: bool = False
    force: bool = False
    discard_forked_rows: bool = False
    alarm_name: str = ""
    state: str = ""
    previous_state: str = ""
    asked_at: float | None = None


@dataclass(frozen=True)
class StartDecision:
    """``start`` or not, with the reason; ``name`` is the execution's, ``request`` its input.

    ``off``: only because automatic failover is off, so a person has to do it.
    """

    start: bool
    reason: str
    name: str = ""
    request: Mapping[str, Any] = field(default_factory=dict)
    off: bool = False


def parse_start_event(event: object, now: float) -> StartRequest:
    """Return the request in an alarm's event or in a manual or GameDay one.

    Raises InvalidEventError, which names the field.
    """
    if isinstance(event, Mapping) and not {"detail-type", "detail"}.isdisjoint(event):
        kind = event.get("detail-type")
        if kind != _ALARM_DETAIL:
            raise InvalidEventError(f"detail-type: {shown(kind)} is no alarm's", _WHOLE)
        return _parse_alarm(event)
    return parse_request(event, now)


def parse_request(event: object, now: float) -> StartRequest:
    """Return the request that a person or a schedule made; raise InvalidEventError.

    This is also the machine's own input, so that it can be started by hand in the console.
    ``occurred_at`` is epoch seconds or ISO 8601, as EventBridge Scheduler writes its
    ``<aws.scheduler.scheduled-time>``; copies of a scheduled event then are one incident.
    ``asked_at``, likewise, is when an event that tells of something older was made.
    """
    if not isinstance(event, Mapping):
        raise InvalidEventError(
            f"event: {shown(event)} is not an object", 'give {"reason": "AWS is down"} or more'
        )
    trigger = _text(event, "trigger", "manual")
    if trigger not in TRIGGERS:
        raise InvalidEventError(
            f"trigger: {shown(trigger)} is not known", f"one of {', '.join(TRIGGERS)}"
        )
    reason = own_words(event, "reason", "")
    if not reason.strip():
        raise InvalidEventError("reason: missing", 'say why, as {"reason": "AWS is down"}')
    occurred_at = moment_of("occurred_at", event.get("occurred_at", now))
    asked = event.get("asked_at")
    asked_at = None if asked is None else moment_of("asked_at", asked)
    incident = own_words(event, "incident", f"{trigger}-{occurred_at:.3f}")
    if not incident.strip():
        raise InvalidEventError("incident: empty", "leave it out, or name the incident")
    return StartRequest(
        trigger=trigger,
        reason=reason,
        incident=incident,
        occurred_at=occurred_at,
        planned=_flag(event, "planned"),
        accept_data_loss=_flag(event, "accept_data_loss"),
        force=_flag(event, "force"),
        discard_forked_rows=_flag(event, "discard_forked_rows"),
        asked_at=asked_at,
    )


def _parse_alarm(event: Mapping[Any, Any]) -> StartRequest:
    detail = event.get("detail")
    if not isinstance(detail, Mapping):
        raise InvalidEventError("detail: missing from the alarm's event", _WHOLE)
    state, previous = detail.get("state"), detail.get("previousState")
    if not isinstance(state, Mapping) or not isinstance(previous, Mapping):
        raise InvalidEventError("detail.state, detail.previousState: both are needed", _WHOLE)
    name = _text(detail, "alarmName", "", "detail.")
    if not name:
        raise InvalidEventError("detail.alarmName: missing", _WHOLE)
    stamp = _text(state, "timestamp", "", "detail.state.")
    return StartRequest(
        trigger="alarm",
        reason=_readable(_text(state, "reason", "", "detail.state.")) or f"alarm {name}",
        incident=f"{name}-{stamp}",
        occurred_at=_instant("detail.state.timestamp", stamp),
        alarm_name=name,
        state=_text(state, "value", "", "detail.state."),
        previous_state=_text(previous, "value", "", "detail.previousState."),
    )


def moment_of(name: str, value: object) -> float:
    """Return epoch seconds of what is that or ISO 8601; raise InvalidEventError with ``name``."""
    if isinstance(value, str):
        return _instant(name, value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < math.inf:
        raise InvalidEventError(f"{name}: {shown(value)} is not epoch seconds", _TIME)
    return float(min(max(value, -_FAR_SECONDS), _FAR_SECONDS))


def _instant(name: str, stamp: str) -> float:
    # CloudWatch writes 2019-10-02T17:04:40.989+0000, without the colon that ISO 8601 has.
    text = re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", stamp)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidEventError(f"{name}: {shown(stamp)} is not a time", _TIME) from None
    if moment.tzinfo is None:
        raise InvalidEventError(f"{name}: {shown(stamp)} has no UTC offset", _TIME)
    return moment.timestamp()


def _text(event: Mapping[Any, Any], name: str, default: str, within: str = "") -> str:
    value, where = event.get(name, default), f"{within}{name}"
    if not isinstance(value, str):
        raise InvalidEventError(f"{where}: {shown(value, where)} is not text", "give a text")
    return value


def own_words(event: Mapping[Any, Any], name: str, default: str) -> str:
    """Return a text that goes into the record, to the operators and onto terminals as it is."""
    value = _text(event, name, default)
    wrong = unsound(value)
    if wrong:
        raise InvalidEventError(f"{name}: {wrong}", "leave those characters out")
    if len(value) > MAX_TEXT_CHARACTERS:
        limit = f"give at most {MAX_TEXT_CHARACTERS}"
        raise InvalidEventError(f"{name}: {len(value)} characters", limit)
    return value


def _readable(text: str) -> str:
    # An alarm is not refused for the words in its reason.
    kept = (one if one.isprintable() else "?" for one in text.strip()[:MAX_TEXT_CHARACTERS])
    return "".join(kept)


def _flag(event: Mapping[Any, Any], name: str) -> bool:
    value = event.get(name, False)
    if not isinstance(value, bool):
        raise InvalidEventError(
            f"{name}: {shown(value)} is not true or false", "give true or false"
        )
    return value


def decide_start(
    request: StartRequest,
    *,
    alarm_name: str,
    max_age_seconds: int,
    now: float,
    running: str = "",
    automatic_off: str = "",
    machine: str = "failover",
) -> StartDecision:
    """Decide whether to start ``machine``; ``running`` names the execution that is on, if any.

    ``automatic_off`` says why only a person or a schedule may start one; empty: whoever asks.
    """
    refusal = _refusal(request, alarm_name, max_age_seconds, now)
    if not refusal and automatic_off and request.trigger in AUTOMATIC:
        asked = f"{request.trigger} asked for one: {request.reason}"
        off = f"automatic failover is off: {automatic_off}; {asked}; on again by: {TURNS_ON}"
        return StartDecision(False, off, off=True)
    if refusal:
        return StartDecision(False, refusal)
    name = execution_name(request, machine)
    if running:
        same = "this incident's own run" if running == name else "another run"
        return StartDecision(False, f"{same}, {running}, is on already")
    body = {
        "trigger": request.trigger,
        "reason": request.reason,
        "incident": request.incident,
        "occurred_at": request.occurred_at,
        "planned": request.planned,
        "accept_data_loss": request.accept_data_loss,
        "force": request.force,
        "discard_forked_rows": request.discard_forked_rows,
    }
    return StartDecision(True, f"{request.trigger}: {request.reason}", name, body)


def _refusal(
    request: StartRequest, alarm_name: str, max_age_seconds: int, now: float
) -> str | None:
    if request.trigger == "alarm":
        state, before = (
            shown_name(s or "nothing") for s in (request.state, request.previous_state)
        )
        if request.alarm_name != alarm_name:
            return f"alarm {shown(request.alarm_name)} is not this workload's, {alarm_name!r}"
        if request.state != "ALARM":
            return f"the alarm went to {state}, not to ALARM"
        if request.previous_state != "OK":
            return f"the alarm came from {before}, not from OK"
    age_seconds = now - (request.occurred_at if request.asked_at is None else request.asked_at)
    if age_seconds > max_age_seconds:
        return f"the event is {age_seconds:.0f} s old, more than {max_age_seconds} s"
    if age_seconds < -max_age_seconds:
        return f"the event is dated {-age_seconds:.0f} s ahead of now"
    return None


def execution_name(request: StartRequest, machine: str = "failover") -> str:
    """Return the execution's name: at most 80 characters, the same for one incident's copies."""
    digest = hashlib.sha256(request.incident.encode()).hexdigest()[:10]
    return f"{machine}-{request.trigger}-{int(request.occurred_at)}-{digest}"
