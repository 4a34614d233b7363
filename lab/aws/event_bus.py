"""EventBridge where the emulator (ministack 1.5.33) differs.

Alarm events, other regions' buses, what becomes of an event whose function failed, and by which ARN
a policy names a rule.
"""

# ruff: noqa: SLF001 - the emulator has no public interface for what is mended here

import calendar
import json
import threading
import time
from collections.abc import Callable, Mapping
from contextvars import copy_context
from typing import Any

from ministack.core import iam_actions
from ministack.core.responses import (
    get_account_id,
    get_region,
    set_request_account_id,
    set_request_region,
)
from ministack.services import eventbridge, lambda_svc

from lab.aws.outage import UNAVAILABLE

__all__ = ["InvalidAlarmEventError", "deliver_until_taken", "install", "publish_alarm_event"]

# Lambda Developer Guide, "Asynchronous invocation": a function that fails is tried twice more,
# after one minute and after two; one that Lambda could not run, for six hours, with pauses that
# grow from a second to five minutes.
_AFTER_FAILURES_SECONDS = (60.0, 120.0)
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 1.0, 300.0
_FOR_SECONDS = 6 * 3600.0


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


def deliver_until_taken(
    invoke: Callable[[], Mapping[str, Any]], sleep: Callable[[float], None]
) -> None:
    """Invoke a function asynchronously, as Lambda does it; ``sleep`` gets seconds of life."""
    waited, pause, failures = 0.0, _FIRST_PAUSE_SECONDS, list(_AFTER_FAILURES_SECONDS)
    while (answer := invoke()).get("error"):
        body = answer.get("body")
        if isinstance(body, Mapping) and body.get("errorType") == UNAVAILABLE:
            if waited > _FOR_SECONDS:
                return
            sleep(pause)
            waited, pause = waited + pause, min(2 * pause, _LONGEST_PAUSE_SECONDS)
        elif failures:
            sleep(failures.pop(0))
        else:
            return


def _to_lambda(wait_scale: float) -> Callable[[str, str], None]:
    def dispatch(arn: str, payload: str) -> None:
        function, config, name = lambda_svc._get_func_record_for_ref(arn)
        if not function or not config:
            raise LookupError(f"a rule's target, function {name}, is not there")
        record = lambda_svc._execution_record_for_config(function, config)
        event = json.loads(payload)

        def deliver() -> None:
            deliver_until_taken(
                lambda: lambda_svc._execute_function_with_config_scope(record, event),
                lambda seconds: time.sleep(seconds * wait_scale),
            )

        threading.Thread(target=deliver, daemon=True).start()

    return dispatch


def install(wait_scale: float) -> None:
    """Mend EventBridge of this process; ``wait_scale`` shortens the pauses before a retry.

    Events go to another region's bus too, as they were sent, their own region and time included
    (EventBridge User Guide, "Sending and receiving events between AWS Regions").
    """
    within = eventbridge._dispatch_to_event_bus

    def deliver(spec: Any, event: dict[str, Any], *rest: Any) -> None:
        if spec.account_id != get_account_id() or spec.region == get_region():
            within(spec, event, *rest)
            return
        forwarded = {**event, "EventBusName": spec.resource.partition("/")[2]}
        copy_context().run(_dispatch, spec.account_id, spec.region, forwarded)

    eventbridge._dispatch_to_event_bus = deliver
    eventbridge._dispatch_to_lambda = _to_lambda(wait_scale)
    _name_rules_as_aws_does()


def _name_rules_as_aws_does() -> None:
    # A policy names a rule of the default bus without the bus (Service Authorization Reference,
    # "Actions, resources, and condition keys for Amazon EventBridge").
    within = iam_actions.extract_resource_arn

    def extract(service: str, *rest: Any, **named: Any) -> str:
        arn = str(within(service, *rest, **named))
        return arn.replace(":rule/default/", ":rule/") if service == "events" else arn

    iam_actions.extract_resource_arn = extract
