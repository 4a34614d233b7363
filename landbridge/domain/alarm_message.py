"""What an alarm of the standby means, in a message that a person can act on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from landbridge.domain.errors import InvalidEventError
from landbridge.domain.foreign import printable, shown
from landbridge.domain.standby_alarms import ALARMS, Alarm

__all__ = ["AlarmChange", "Told", "parse_alarm_change", "tell_alarm"]

_MOST_CHECKS = 8  # what fits a phone; the preflight has the rest


@dataclass(frozen=True)
class AlarmChange:
    """One change of an alarm's state; ``state`` is ALARM, OK or INSUFFICIENT_DATA."""

    alarm: Alarm
    state: str
    before: str
    reason: str


@dataclass(frozen=True)
class Told:
    """A message to the operators."""

    subject: str
    text: str


def parse_alarm_change(event: object, workload: str) -> AlarmChange:
    """Return the change in CloudWatch's event; raise InvalidEventError for another's."""
    detail = event.get("detail") if isinstance(event, Mapping) else None
    if not isinstance(detail, Mapping):
        raise InvalidEventError("detail: missing: this is no alarm's event")
    states = [detail.get(name) for name in ("state", "previousState")]
    state, before = (dict(one) if isinstance(one, Mapping) else {} for one in states)
    name = detail.get("alarmName")
    known = {alarm.full_name(workload): alarm for alarm in ALARMS}
    if not isinstance(name, str) or name not in known:
        raise InvalidEventError(f"detail.alarmName: {shown(name)} is none of {workload}'s")
    return AlarmChange(
        known[name],
        str(state.get("value", "")),
        str(before.get("value", "")),
        str(state.get("reason", "")),
    )


def tell_alarm(change: AlarmChange, workload: str, report: Mapping[str, Any] | None) -> Told | None:
    """Return the message, None where there is nothing to tell; ``report`` is the last preflight's.

    An alarm that was just made goes to OK by itself, and that it does is no news.
    """
    said = f"{change.alarm.says}."
    if change.state == "OK" and change.before == "ALARM":
        over = f"It is over: {change.alarm.name}. It said: {said}"
        return Told(f"landbridge: {workload}: {change.alarm.name} is over", f"{over}\n")
    if change.state != "ALARM":
        return None
    lines = [said, *_red(report), f"Next: {change.alarm.following}."]
    return Told(f"landbridge: {workload}: {change.alarm.name}", "\n".join(lines) + "\n")


def _red(report: Mapping[str, Any] | None) -> Iterator[str]:
    if report is None:
        yield "What the last preflight saw could not be read."
        return
    failed = [one for one in report.get("checks", ()) if one["result"] == "fail"]
    for one in failed[:_MOST_CHECKS]:
        remedy = f" Remedy: {one['remedy']}." if one["remedy"] else ""
        yield printable(f"- {one['name']}: {one['reason']}.{remedy}")
    if len(failed) > _MOST_CHECKS:
        yield f"- and {len(failed) - _MOST_CHECKS} more"
