"""What starts a run by itself, as EventBridge and its Scheduler have it; read and never written.

Source: Amazon EventBridge API reference, DescribeRule; EventBridge Scheduler, GetSchedule.
"""

from collections.abc import Callable
from typing import Any

from botocore.config import Config

from landbridge.adapters.aws_clients import aws_client
from landbridge.adapters.aws_errors import aws_errors
from landbridge.domain.errors import LandbridgeError
from landbridge.domain.preflight.triggers import Trigger
from landbridge.domain.triggers import (
    ALARM_EVENT,
    EVERY_MINUTE,
    FORWARDED_ALARM,
    GAMEDAY_SCHEDULE,
    trigger_name,
)

__all__ = ["read_triggers"]

# The alarm's own region: Route 53 writes its metrics there alone.
_HEALTH_REGION = "us-east-1"
_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2})


def read_triggers(workload: str) -> tuple[Trigger, ...]:
    """Return each rule and schedule of the workload; one that cannot be read has its reason."""
    rules = aws_client("events", _CONFIG)
    here = str(rules.meta.region_name)
    found = [_rule(rules, trigger, workload) for trigger in (ALARM_EVENT, EVERY_MINUTE)]
    if here != _HEALTH_REGION:
        there = aws_client("events", _CONFIG, region_name=_HEALTH_REGION)
        found.append(_rule(there, FORWARDED_ALARM, workload))
    found.append(_schedule(aws_client("scheduler", _CONFIG), workload))
    return tuple(found)


def _rule(client: Any, trigger: str, workload: str) -> Trigger:
    name = trigger_name(workload, trigger)
    return _read(client, trigger, name, lambda: client.describe_rule(Name=name))


def _schedule(client: Any, workload: str) -> Trigger:
    name = trigger_name(workload, GAMEDAY_SCHEDULE)
    return _read(client, GAMEDAY_SCHEDULE, name, lambda: client.get_schedule(Name=name))


def _read(client: Any, trigger: str, name: str, ask: Callable[[], Any]) -> Trigger:
    region, state, reason = str(client.meta.region_name), None, ""
    try:
        with aws_errors(name):
            try:
                state = str(ask()["State"])
            except client.exceptions.ResourceNotFoundException:
                state = None
    except LandbridgeError as error:
        reason = str(error)
    return Trigger(trigger, name, region, state, reason)
