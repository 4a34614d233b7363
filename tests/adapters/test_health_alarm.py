"""The alarm on AWS's health, as CloudWatch has it."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from landbridge.adapters.health_alarm import MISSING, read_alarm_state, read_alarm_states


@pytest.fixture(name="cloudwatch")
def _cloudwatch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        yield boto3.client("cloudwatch", region_name="us-east-1")


def test_the_alarm_is_read_where_route_53_writes(cloudwatch: Any) -> None:
    """Its state, wherever the function runs; no alarm of that name is None, not an error."""
    assert read_alarm_state("orders-unready") is None
    cloudwatch.put_metric_alarm(
        AlarmName="orders-unready",
        Namespace="AWS/Route53",
        MetricName="HealthCheckStatus",
        Statistic="Minimum",
        ComparisonOperator="LessThanThreshold",
        Threshold=1,
        Period=60,
        EvaluationPeriods=1,
    )
    cloudwatch.set_alarm_state(AlarmName="orders-unready", StateValue="ALARM", StateReason="test")
    assert read_alarm_state("orders-unready") == "ALARM"


def test_other_alarms_are_read_where_the_function_runs(cloudwatch: Any) -> None:
    """Each by its name; one that is not there is missing, and no name asks nobody."""
    here = boto3.client("cloudwatch", region_name="eu-central-1")
    here.put_metric_alarm(
        AlarmName="checkout",
        Namespace="Shop",
        MetricName="Errors",
        Statistic="Sum",
        ComparisonOperator="GreaterThanThreshold",
        Threshold=1,
        Period=60,
        EvaluationPeriods=1,
    )
    here.set_alarm_state(AlarmName="checkout", StateValue="ALARM", StateReason="test")
    states = read_alarm_states(["checkout", "nobody"])
    assert states == {"checkout": "ALARM", "nobody": MISSING}
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []
    assert read_alarm_states([]) == {}
