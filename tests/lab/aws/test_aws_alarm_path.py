"""The alarm's way: us-east-1's bus, the forwarding rule, the orchestrator's bus, the starter."""

import json
import time
import urllib.error
from datetime import UTC, datetime
from typing import Any

import pytest

from lab.aws.service import ACCOUNT, Aws
from lab.processes.waiting import wait_until

ORCHESTRATOR = "landbridge-orders-orchestrator"
REGION = "eu-central-1"
ALARM = "landbridge-orders-aws-unready"
Outputs = dict[str, dict[str, str]]


def _event(previous: str, state: str, alarm: str = ALARM) -> dict[str, Any]:
    now = datetime.now(UTC)
    stamp = now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03}+0000"
    return {
        "version": "0",
        "id": "c4c1c1c9-6542-e61b-6ef0-8c4d36933a92",
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": ACCOUNT,
        "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": "us-east-1",
        "resources": [f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:{alarm}"],
        "detail": {
            "alarmName": alarm,
            "configuration": {"metrics": []},
            "previousState": {"value": previous, "reason": "", "timestamp": stamp},
            "state": {"value": state, "reason": "Threshold Crossed", "timestamp": stamp},
        },
    }


def _refusals(aws: Aws, outputs: Outputs) -> list[str]:
    table = outputs[ORCHESTRATOR]["RunsTableName"]
    items = aws.client("dynamodb", REGION).scan(TableName=table, ConsistentRead=True)["Items"]
    found = [item for item in items if item["kind"]["S"] == "refusal"]
    return [json.loads(item["document"]["S"])["reason"] for item in found]


def _runs(aws: Aws, outputs: Outputs) -> list[dict[str, Any]]:
    machine = outputs[ORCHESTRATOR]["StateMachineArn"]
    states = aws.client("stepfunctions", REGION)
    return list(states.list_executions(stateMachineArn=machine)["executions"])


def test_an_alarm_starts_a_run(aws: Aws, outputs: Outputs) -> None:
    """OK to ALARM in us-east-1 is an execution in the orchestrator's region, named by incident."""
    aws.publish_alarm_event(_event("OK", "ALARM"))

    wait_until(lambda: bool(_runs(aws, outputs)), "a run of the machine")

    (run,) = _runs(aws, outputs)
    assert run["name"].startswith("failover-alarm-")
    states = aws.client("stepfunctions", REGION)
    given = states.describe_execution(executionArn=run["executionArn"])["input"]
    assert json.loads(given)["trigger"] == "alarm"
    assert json.loads(given)["reason"] == "Threshold Crossed"


def test_an_alarm_out_of_nothing_is_refused_on_the_record(aws: Aws, outputs: Outputs) -> None:
    """INSUFFICIENT_DATA to ALARM reaches the starter, which writes down why it does nothing."""
    aws.publish_alarm_event(_event("INSUFFICIENT_DATA", "ALARM"))

    reason = "the alarm came from INSUFFICIENT_DATA, not from OK"
    wait_until(lambda: reason in _refusals(aws, outputs), "the refusal's record")


def _matches(aws: Aws, region: str, event: dict[str, Any]) -> bool:
    """Whether a deployed rule of the region would take the event."""
    events = aws.client("events", region)
    patterns = [
        one["EventPattern"] for one in events.list_rules()["Rules"] if "EventPattern" in one
    ]
    # The standby's alarms have a rule of their own, and so have runs that ended.
    patterns = [one for one in patterns if ALARM in one]
    assert len(patterns) == 1
    answer = events.test_event_pattern(EventPattern=patterns[0], Event=json.dumps(event))
    return bool(answer["Result"])


def test_another_alarm_of_the_account_is_not_forwarded(aws: Aws, outputs: Outputs) -> None:
    """The rule in us-east-1 takes this workload's alarm alone, whatever it went to."""
    assert outputs
    assert _matches(aws, "us-east-1", _event("OK", "ALARM"))
    assert _matches(aws, "us-east-1", _event("ALARM", "OK"))
    assert not _matches(aws, "us-east-1", _event("OK", "ALARM", alarm="somebody-elses"))


def test_an_alarm_that_ends_calls_nobody(aws: Aws, outputs: Outputs) -> None:
    """The rule in the orchestrator's region takes what went to ALARM, from wherever."""
    assert outputs
    assert _matches(aws, REGION, _event("OK", "ALARM"))
    assert _matches(aws, REGION, _event("INSUFFICIENT_DATA", "ALARM"))
    assert not _matches(aws, REGION, _event("ALARM", "OK"))
    assert not _matches(aws, REGION, _event("OK", "ALARM", alarm="somebody-elses"))


@pytest.mark.parametrize("broken", ["source", "time", "detail"])
def test_an_event_that_cloudwatch_would_not_send_is_refused(
    aws: Aws, outputs: Outputs, broken: str
) -> None:
    """The lab's own mistakes are errors, not silence."""
    event = _event("OK", "ALARM")
    event[broken] = time.time()

    assert outputs
    with pytest.raises(urllib.error.HTTPError, match="400"):
        aws.publish_alarm_event(event)
