"""CloudWatch's documented tables of alarm evaluation, and the event of a change."""

import json
from typing import Any

import pytest

from lab.dns.alarm_events import StateRecord, reason_data, state_change_event
from lab.dns.alarm_rules import AlarmDefinition, AlarmState, Datapoint, evaluate

OK, ALARM, NO_DATA = AlarmState.OK, AlarmState.ALARM, AlarmState.INSUFFICIENT_DATA
KEPT = "kept"


def definition(**changes: Any) -> AlarmDefinition:
    """Return the alarm of these tests, with changes."""
    settings: dict[str, Any] = {
        "name": "primary-down",
        "arn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:primary-down",
        "description": "The primary site does not answer.",
        "namespace": "AWS/Route53",
        "metric": "HealthCheckStatus",
        "dimensions": {"HealthCheckId": "abc"},
        "statistic": "Minimum",
        "period_seconds": 60,
        "evaluation_periods": 1,
        "datapoints_to_alarm": 1,
        "threshold": 1.0,
        "comparison": "LessThanThreshold",
        "treat_missing_data": "missing",
        **changes,
    }
    return AlarmDefinition(**settings)


def points(pattern: str) -> list[Datapoint]:
    """Read the guide's notation: 0 within the threshold, X breaching, - missing."""
    values = {"0": 1.0, "X": 0.0, "-": None}
    return [Datapoint(60.0 * n, values[mark]) for n, mark in enumerate(pattern.split())]


TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
ROWS = [
    # 3 out of 3
    (3, "0 - X - X", (OK, OK, OK, OK)),
    (3, "0 - - - -", (OK, OK, OK, OK)),
    (3, "- - - - -", (NO_DATA, KEPT, ALARM, OK)),
    (3, "0 X X - X", (ALARM, ALARM, ALARM, ALARM)),
    (3, "- - - - X", (NO_DATA, KEPT, ALARM, OK)),
    (3, "X - - - -", (ALARM, KEPT, ALARM, OK)),
    (3, "- - X - -", (ALARM, KEPT, ALARM, OK)),
    # 2 out of 3
    (2, "0 - X - X", (ALARM, ALARM, ALARM, ALARM)),
    (2, "0 0 X 0 X", (ALARM, ALARM, ALARM, ALARM)),
    (2, "0 - X - -", (OK, OK, ALARM, OK)),
    (2, "- - - - 0", (OK, OK, ALARM, OK)),
    (2, "- - - - X", (NO_DATA, KEPT, ALARM, OK)),
    (2, "- - - X -", (ALARM, KEPT, ALARM, OK)),
]


@pytest.mark.parametrize(
    ("needed", "pattern", "treatment", "expected"),
    [
        (needed, pattern, treatment, expected)
        for needed, pattern, states in ROWS
        for treatment, expected in zip(TREATMENTS, states, strict=True)
    ],
)
@pytest.mark.parametrize("current", list(AlarmState))
def test_guides_tables(
    needed: int, pattern: str, treatment: str, expected: Any, current: AlarmState
) -> None:
    """User Guide, alarms and missing data: every cell of its tables comes out."""
    alarm = definition(
        evaluation_periods=3, datapoints_to_alarm=needed, treat_missing_data=treatment
    )

    verdict = evaluate(alarm, points(pattern), current)

    assert verdict.state is (current if expected is KEPT else expected)


@pytest.mark.parametrize(
    ("comparison", "values", "state"),
    [
        ("LessThanThreshold", 1.0, OK),
        ("LessThanThreshold", 0.0, ALARM),
        ("LessThanOrEqualToThreshold", 1.0, ALARM),
        ("GreaterThanThreshold", 1.0, OK),
        ("GreaterThanOrEqualToThreshold", 1.0, ALARM),
    ],
)
def test_comparisons(comparison: str, values: float, state: AlarmState) -> None:
    """Each comparison treats the threshold itself as its name says."""
    verdict = evaluate(definition(comparison=comparison), [Datapoint(0.0, values)], NO_DATA)

    assert verdict.state is state


def test_older_datapoints_do_not_count() -> None:
    """Only the evaluation range is looked at: older breaches are history."""
    assert evaluate(definition(), points("X X X X 0 0"), ALARM).state is OK


@pytest.mark.parametrize(
    ("pattern", "current", "reason"),
    [
        (
            "0 X",
            OK,
            (
                "Threshold Crossed: 1 out of the last 1 datapoints [0.0 (01/01/70 00:01:00)] was "
                "less than the threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition)."
            ),
        ),
        (
            "0",
            NO_DATA,
            (
                "Threshold Crossed: 1 out of the last 1 datapoints [1.0 (01/01/70 00:00:00)] was "
                "not less than the threshold (1.0) "
                "(minimum 1 datapoint for INSUFFICIENT_DATA -> OK transition)."
            ),
        ),
        ("-", OK, "Insufficient Data: 1 datapoint was unknown."),
    ],
)
def test_reasons(pattern: str, current: AlarmState, reason: str) -> None:
    """The reason is CloudWatch's sentence: datapoints, threshold, transition."""
    assert evaluate(definition(), points(pattern), current).reason == reason


def test_event_has_the_documented_shape() -> None:
    """User Guide, alarm events and EventBridge: the single-metric event, key by key."""
    alarm, at = definition(), 1_790_000_000.9891
    data = reason_data(alarm, [Datapoint(1_789_999_920.0, 0.0)], at)
    event = state_change_event(
        alarm,
        StateRecord(OK, "was well", None, at - 600),
        StateRecord(ALARM, "is down", data, at),
    )

    assert event.pop("id").count("-") == 4
    assert event["detail"]["configuration"]["metrics"][0].pop("id").count("-") == 4
    assert json.loads(event["detail"]["state"].pop("reasonData")) == {
        "version": "1.0",
        "queryDate": "2026-09-21T14:13:20.989+0000",
        "startDate": "2026-09-21T14:12:00.000+0000",
        "statistic": "Minimum",
        "period": 60,
        "recentDatapoints": [0.0],
        "threshold": 1.0,
    }
    assert event == {
        "version": "0",
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": "123456789012",
        "time": "2026-09-21T14:13:20Z",
        "region": "us-east-1",
        "resources": ["arn:aws:cloudwatch:us-east-1:123456789012:alarm:primary-down"],
        "detail": {
            "alarmName": "primary-down",
            "configuration": {
                "description": "The primary site does not answer.",
                "metrics": [
                    {
                        "metricStat": {
                            "metric": {
                                "dimensions": {"HealthCheckId": "abc"},
                                "name": "HealthCheckStatus",
                                "namespace": "AWS/Route53",
                            },
                            "period": 60,
                            "stat": "Minimum",
                        },
                        "returnData": True,
                    }
                ],
            },
            "previousState": {
                "reason": "was well",
                "timestamp": "2026-09-21T14:03:20.989+0000",
                "value": "OK",
            },
            "state": {
                "reason": "is down",
                "timestamp": "2026-09-21T14:13:20.989+0000",
                "value": "ALARM",
            },
        },
    }


def test_each_event_has_its_own_id_and_the_metric_keeps_its_own() -> None:
    """Two events of one alarm differ in their id and agree in the metric's."""
    record = StateRecord(OK, "", None, 0.0)
    first, second = (state_change_event(definition(), record, record) for _ in range(2))

    assert first["id"] != second["id"]
    assert first["detail"]["configuration"] == second["detail"]["configuration"]
