"""One CloudWatch alarm under watch: as the API defines it, and its metric period by period."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.dns.alarm_events import StateRecord
from lab.dns.alarm_rules import AlarmDefinition, AlarmState, Datapoint
from lab.dns.zone import UnsupportedByLabError

__all__ = ["WatchedAlarm", "parse_alarm"]


def parse_alarm(found: Mapping[str, Any]) -> AlarmDefinition:
    """Read one of DescribeAlarms' ``MetricAlarms``.

    Raises UnsupportedByLabError for a statistic other than Minimum.
    """
    if found.get("Statistic") != "Minimum":
        raise UnsupportedByLabError(f"{found['AlarmName']}: statistic {found.get('Statistic')}")
    periods = int(found["EvaluationPeriods"])
    return AlarmDefinition(
        name=found["AlarmName"],
        arn=found["AlarmArn"],
        description=found.get("AlarmDescription") or "",
        namespace=found["Namespace"],
        metric=found["MetricName"],
        dimensions={entry["Name"]: entry["Value"] for entry in found["Dimensions"]},
        statistic="Minimum",
        period_seconds=int(found["Period"]),
        evaluation_periods=periods,
        datapoints_to_alarm=int(found.get("DatapointsToAlarm") or periods),
        threshold=float(found["Threshold"]),
        comparison=found["ComparisonOperator"],
        treat_missing_data=found.get("TreatMissingData") or "missing",
    )


@dataclass
class WatchedAlarm:
    """One alarm under watch: its state, what the API shows, and the period that is running."""

    definition: AlarmDefinition
    state: StateRecord
    shown: AlarmState
    period_seconds: float
    ends: float
    datapoints: deque[Datapoint] = field(init=False)
    minimum: float | None = None
    begun_late: bool = True

    def __post_init__(self) -> None:
        self.datapoints = deque(maxlen=self.definition.range_length)

    def sample(self, value: float | None) -> None:
        """Let the metric's present value count for the running period."""
        if value is not None:
            self.minimum = value if self.minimum is None else min(self.minimum, value)

    def close_period(self) -> None:
        """End the running period as one datapoint and begin the next."""
        # The period in which the watch began says nothing of what went before: not even "missing".
        if self.minimum is not None or not self.begun_late:
            self.datapoints.append(Datapoint(self.ends - self.period_seconds, self.minimum))
        self.minimum, self.begun_late = None, False
        self.ends += self.period_seconds
