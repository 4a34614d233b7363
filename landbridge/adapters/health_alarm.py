"""Alarms: the one on AWS's health, where Route 53 writes its metrics, and others by name."""

from collections.abc import Sequence

from botocore.config import Config

from landbridge.adapters.aws_clients import aws_client
from landbridge.adapters.aws_errors import aws_errors

__all__ = ["MISSING", "UNKNOWN", "read_alarm_state", "read_alarm_states"]

MISSING, UNKNOWN = "missing", "unknown"
# Route 53 publishes HealthCheckStatus here alone.
_REGION = "us-east-1"
_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2})


def read_alarm_state(name: str) -> str | None:
    """Return OK, ALARM or INSUFFICIENT_DATA, or None where there is no such alarm.

    Raises AccessDeniedError, ConfigurationError or SiteUnknownError.
    """
    client = aws_client("cloudwatch", _CONFIG, region_name=_REGION)
    with aws_errors(f"alarm {name}"):
        found = client.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm"])
    states = [str(one["StateValue"]) for one in found["MetricAlarms"]]
    return states[0] if states else None


def read_alarm_states(names: Sequence[str]) -> dict[str, str]:
    """Return each alarm's state in the function's own region, ``missing`` where there is none.

    Composite alarms too. Raises as ``read_alarm_state`` does.
    """
    if not names:
        return {}
    client = aws_client("cloudwatch", _CONFIG)
    with aws_errors("the GameDay's alarms"):
        found = client.describe_alarms(
            AlarmNames=list(names), AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
    every = [*found.get("MetricAlarms", ()), *found.get("CompositeAlarms", ())]
    states = {str(one["AlarmName"]): str(one["StateValue"]) for one in every}
    return {name: states.get(name, MISSING) for name in names}
