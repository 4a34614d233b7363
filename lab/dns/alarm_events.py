"""The event that EventBridge gets when a CloudWatch alarm changes state. Pure.

Shape: CloudWatch User Guide, "Alarm events and EventBridge", single-metric alarm.
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lab.dns.alarm_rules import AlarmDefinition, AlarmState, Datapoint

__all__ = ["StateRecord", "reason_data", "state_change_event"]


@dataclass(frozen=True)
class StateRecord:
    """A state as the event tells it; ``reason_data`` is JSON text, ``timestamp`` epoch seconds."""

    value: AlarmState
    reason: str
    reason_data: str | None
    timestamp: float

    def as_event(self) -> dict[str, str]:
        """Return the ``state`` or ``previousState`` of an event."""
        data = {} if self.reason_data is None else {"reasonData": self.reason_data}
        return {
            "reason": self.reason,
            **data,
            "timestamp": _milliseconds(self.timestamp),
            "value": self.value.value,
        }


def reason_data(definition: AlarmDefinition, used: Sequence[Datapoint], queried: float) -> str:
    """Return the JSON text that goes with a reason."""
    started = {"startDate": _milliseconds(used[0].started)} if used else {}
    return json.dumps(
        {
            "version": "1.0",
            "queryDate": _milliseconds(queried),
            **started,
            "statistic": definition.statistic,
            "period": definition.period_seconds,
            "recentDatapoints": [point.value for point in used],
            "threshold": definition.threshold,
        },
        separators=(",", ":"),
    )


def state_change_event(
    definition: AlarmDefinition, previous: StateRecord, state: StateRecord
) -> dict[str, Any]:
    """Return a "CloudWatch Alarm State Change" event; each call is a new event with its own id."""
    _, _, _, region, account, *_ = definition.arn.split(":")
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": account,
        "time": datetime.fromtimestamp(state.timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [definition.arn],
        "detail": {
            "alarmName": definition.name,
            "configuration": _configuration(definition),
            "previousState": previous.as_event(),
            "state": state.as_event(),
        },
    }


def _configuration(definition: AlarmDefinition) -> dict[str, Any]:
    description = {"description": definition.description} if definition.description else {}
    metric = {
        "dimensions": dict(definition.dimensions),
        "name": definition.metric,
        "namespace": definition.namespace,
    }
    stat = {"metric": metric, "period": definition.period_seconds, "stat": definition.statistic}
    # The metric's id stays the same from one event of an alarm to the next.
    metric_id = str(uuid.uuid5(uuid.NAMESPACE_URL, definition.arn))
    return {
        **description,
        "metrics": [{"id": metric_id, "metricStat": stat, "returnData": True}],
    }


def _milliseconds(epoch_seconds: float) -> str:
    """Write a time as CloudWatch does, milliseconds and an offset without a colon."""
    moment = datetime.fromtimestamp(epoch_seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"
