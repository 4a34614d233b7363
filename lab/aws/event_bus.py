"""EventBridge where the emulator (ministack 1.5.33) differs: alarm events, other regions' buses."""

# ruff: noqa: SLF001 - the emulator has no public interface for what is mended here

import calendar
import json
import time
from collections.abc import Mapping
from contextvars import copy_context
from typing import Any

from ministack.core.responses import (
    get_account_id,
    get_region,
    set_request_account_id,
    set_request_region,
)
from ministack.services import eventbridge

__all__ = ["InvalidAlarmEventError", "install", "publish_alarm_event"]


class InvalidAlarmEventError(Exception):
    """Not an event that CloudWatch would send."""


def publish_alarm_event(event: Mapping[str, Any]) -> None:
    """Put an alarm's event on the default bus of its own region.

    CloudWatch does that in life; the emulator sends no event for an alarm, and PutEvents refuses
    the source ``aws.cloudwatch``, as AWS does. Raises InvalidAlarmEventError.
    """
    try:
        at = calendar.timegm(time.strptime(event["time"], "%Y-%m-%dT%H:%M:%SZ"))
        record = {
            "EventId": event["id"],
            "Source": event["source"],
            "DetailType": event["detail-type"],
            "Detail": json.dumps(dict(event["detail"])),
            "Time": at,
            "Resources": list(event["resources"]),
            "Account": event["account"],
            "Region": event["region"],
            "EventBusName": "default",
        }
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidAlarmEventError(repr(error)) from None
    if record["Source"] != "aws.cloudwatch":
        raise InvalidAlarmEventError(f"source: {record['Source']!r} is not aws.cloudwatch")
    copy_context().run(_dispatch, record["Account"], record["Region"], record)


def _dispatch(account: str, region: str, record: dict[str, Any]) -> None:
    set_request_account_id(account)
    set_request_region(region)
    eventbridge._ensure_default_bus()
    eventbridge._dispatch_event(record)


def install() -> None:
    """Deliver to another region's bus, which EventBridge does and the emulator drops.

    (EventBridge User Guide, "Sending and receiving events between AWS Regions".) The event arrives
    as it was sent, its own region and time included.
    """
    within = eventbridge._dispatch_to_event_bus

    def deliver(spec: Any, event: dict[str, Any], *rest: Any) -> None:
        if spec.account_id != get_account_id() or spec.region == get_region():
            within(spec, event, *rest)
            return
        forwarded = {**event, "EventBusName": spec.resource.partition("/")[2]}
        copy_context().run(_dispatch, spec.account_id, spec.region, forwarded)

    eventbridge._dispatch_to_event_bus = deliver
