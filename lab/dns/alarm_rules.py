"""CloudWatch's rules for a metric alarm: datapoints in, state and reason out. Pure.

Source: CloudWatch User Guide, "Alarm evaluation" and "Configuring how CloudWatch alarms treat
missing data", whose tables are this module's tests.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

__all__ = ["AlarmDefinition", "AlarmState", "Datapoint", "Verdict", "evaluate"]


class AlarmState(StrEnum):
    """An alarm's three states."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


@dataclass(frozen=True)
class _Comparison:
    breaches: Callable[[float, float], bool]
    words: str


_COMPARISONS: Mapping[str, _Comparison] = {
    "LessThanThreshold": _Comparison(operator.lt, "less than"),
    "LessThanOrEqualToThreshold": _Comparison(operator.le, "less than or equal to"),
    "GreaterThanThreshold": _Comparison(operator.gt, "greater than"),
    "GreaterThanOrEqualToThreshold": _Comparison(operator.ge, "greater than or equal to"),
}


@dataclass(frozen=True)
class AlarmDefinition:
    """What an alarm watches and when it goes off; fields as DescribeAlarms has them.

    ``datapoints_to_alarm`` is the M of "M out of N", ``evaluation_periods`` the N.
    """

    name: str
    arn: str
    description: str
    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    statistic: str
    period_seconds: int
    evaluation_periods: int
    datapoints_to_alarm: int
    threshold: float
    comparison: str
    treat_missing_data: str

    @property
    def range_length(self) -> int:
        """Return how many periods are looked at: more than are evaluated, as CloudWatch does.

        The guide's example looks at 5 for 3 evaluation periods and leaves the number open
        otherwise.
        """
        return self.evaluation_periods + 2

    def breaches(self, value: float) -> bool:
        """Tell whether one value is over the line."""
        return _COMPARISONS[self.comparison].breaches(value, self.threshold)


@dataclass(frozen=True)
class Datapoint:
    """One period of the metric; ``value`` is None where nothing was reported."""

    started: float
    value: float | None


@dataclass(frozen=True)
class Verdict:
    """The state that the datapoints call for, the sentence why, and the datapoints used."""

    state: AlarmState
    reason: str
    evaluated: tuple[Datapoint, ...]


def evaluate(
    definition: AlarmDefinition, datapoints: Sequence[Datapoint], current: AlarmState
) -> Verdict:
    """Judge the last periods, oldest first; at most ``range_length`` of them count."""
    in_range = datapoints[-definition.range_length :]
    real = [point for point in in_range if point.value is not None]
    used = tuple(real[-definition.evaluation_periods :])
    state = _state(definition, in_range, used, current)
    return Verdict(state, _reason(definition, used, current, state), used)


def _state(
    definition: AlarmDefinition,
    in_range: Sequence[Datapoint],
    used: Sequence[Datapoint],
    current: AlarmState,
) -> AlarmState:
    breaching = sum(_breaches(definition, point) for point in used)
    missing = definition.evaluation_periods - len(used)
    if missing and definition.treat_missing_data == "breaching":
        breaching += missing
    if breaching >= definition.datapoints_to_alarm:
        return AlarmState.ALARM
    unclear = missing and all(_breaches(definition, point) for point in used)
    if not unclear or definition.treat_missing_data in {"breaching", "notBreaching"}:
        return AlarmState.OK
    if definition.treat_missing_data == "ignore":
        return current
    # Only breaching datapoints and too few of them: an alarm once the oldest has stood long enough.
    ages = [age for age, point in enumerate(reversed(in_range), start=1) if point.value is not None]
    if ages and max(ages) >= definition.datapoints_to_alarm:
        return AlarmState.ALARM
    return AlarmState.INSUFFICIENT_DATA


def _breaches(definition: AlarmDefinition, point: Datapoint) -> bool:
    return point.value is not None and definition.breaches(point.value)


def _reason(
    definition: AlarmDefinition,
    used: Sequence[Datapoint],
    current: AlarmState,
    state: AlarmState,
) -> str:
    needed = definition.datapoints_to_alarm
    if not used:
        what = "datapoint was" if needed == 1 else "datapoints were"
        return f"Insufficient Data: {needed} {what} unknown."
    alarming = state is AlarmState.ALARM
    counted = [point for point in used if _breaches(definition, point) is alarming]
    values = ", ".join(f"{point.value} ({_clock(point.started)})" for point in counted)
    was = "was" if len(counted) == 1 else "were"
    negation = "" if alarming else "not "
    words = f"{negation}{_COMPARISONS[definition.comparison].words}"
    minimum = needed if alarming else definition.evaluation_periods - needed + 1
    unit = "datapoint" if minimum == 1 else "datapoints"
    return (
        f"Threshold Crossed: {len(counted)} out of the last {len(used)} datapoints [{values}] "
        f"{was} {words} the threshold ({definition.threshold}) "
        f"(minimum {minimum} {unit} for {current} -> {state} transition)."
    )


def _clock(epoch_seconds: float) -> str:
    return datetime.fromtimestamp(epoch_seconds, UTC).strftime("%d/%m/%y %H:%M:%S")
