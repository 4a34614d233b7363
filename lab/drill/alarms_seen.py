"""The alarm on AWS's health as a judge sees it: when it went off, and whether a run could begin."""

from collections.abc import Mapping, Sequence
from typing import Any

from lab.judgement.evidence import AlarmSeen, FaultSeen

__all__ = ["alarms_seen"]

# Faults that keep an event from the starter, or the starter from its machine and its table.
_KEEPS_FROM_STARTING = frozenset({"aws-control-plane-down"})


def alarms_seen(
    journal: Sequence[Mapping[str, Any]],
    alarm_name: str,
    faults: Sequence[FaultSeen],
    settle_seconds: float,
) -> tuple[AlarmSeen, ...]:
    """Return each time that the alarm went off, by the data plane's journal.

    A run can begin where the event was taken and AWS's control plane answered for
    ``settle_seconds`` from then on.
    """
    taken = {
        one["event_id"]: one["time"]
        for one in journal
        if one["event"] == "alarm-event" and one["delivered"]
    }
    return tuple(
        AlarmSeen(one["time"], _startable(taken.get(one["event_id"]), faults, settle_seconds))
        for one in journal
        if (one["event"], one.get("alarm"), one.get("state")) == ("alarm", alarm_name, "ALARM")
    )


def _startable(taken: float | None, faults: Sequence[FaultSeen], settle_seconds: float) -> bool:
    return taken is not None and not any(
        one.kind in _KEEPS_FROM_STARTING
        and one.began_at <= taken + settle_seconds
        and (one.ended_at is None or taken <= one.ended_at)
        for one in faults
    )
