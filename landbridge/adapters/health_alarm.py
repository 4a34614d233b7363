"""The alarm on AWS's health, read where Route 53 writes its metrics."""

from typing import Any

import boto3
from botocore.config import Config

from landbridge.adapters.aws_errors import aws_errors

__all__ = ["read_alarm_state"]

# Route 53 publishes HealthCheckStatus here alone.
_REGION = "us-east-1"
_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2})


def read_alarm_state(name: str) -> str | None:
    """Return OK, ALARM or INSUFFICIENT_DATA, or None where there is no such alarm.

    Raises AccessDeniedError, ConfigurationError or SiteUnknownError.
    """
    client: Any = boto3.client("cloudwatch", region_name=_REGION, config=_CONFIG)
    with aws_errors(f"alarm {name}"):
        found = client.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm"])
    states = [str(one["StateValue"]) for one in found["MetricAlarms"]]
    return states[0] if states else None
