"""The GameDay's schedule in the template: there where it is configured, in people's own time."""

import json
from typing import Any

import pytest

from lab.aws.synthesis import synthesize
from tests.stacks.configured import everything

Template = dict[str, Any]


def _named(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    found = template["Resources"].items()
    return {name: one["Properties"] for name, one in found if one["Type"] == kind}


@pytest.fixture(scope="module", name="template")
def _template() -> Template:
    assembly = synthesize(everything())
    return dict(json.loads((assembly / "GameDay.template.json").read_text()))


def test_without_a_schedule_no_gameday_begins_by_itself(orchestrator: Template) -> None:
    """cdk.json configures none."""
    assert _named(orchestrator, "AWS::Scheduler::Schedule") == {}


def test_the_schedule_is_in_peoples_time_zone(template: Template) -> None:
    """Scheduler reads the expression in it, so daylight saving moves nothing for people."""
    (schedule,) = _named(template, "AWS::Scheduler::Schedule").values()
    assert schedule["ScheduleExpression"] == "cron(30 10 ? * TUE#1 *)"
    assert schedule["ScheduleExpressionTimezone"] == "Europe/Berlin"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}


def test_it_hands_the_starter_an_event_with_the_time_that_was_meant(template: Template) -> None:
    """Late copies are refused by it, equal ones are one GameDay, lost ones are kept."""
    (schedule,) = _named(template, "AWS::Scheduler::Schedule").values()
    target = schedule["Target"]
    event = json.loads(target["Input"])

    assert target["Arn"]["Fn::Join"][1][-1].endswith(
        ":function:landbridge-orders-start-gameday:live"
    )
    assert event["occurred_at"] == "<aws.scheduler.scheduled-time>"
    assert event["trigger"] == "gameday"
    assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] == 300
    assert target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0] in _named(template, "AWS::SQS::Queue")


def test_the_scheduler_may_call_the_starter_alone(template: Template) -> None:
    """Its role invokes one function and writes to the queue of lost events."""
    (schedule,) = _named(template, "AWS::Scheduler::Schedule").values()
    role = schedule["Target"]["RoleArn"]["Fn::GetAtt"][0]
    statements = [
        statement
        for policy in _named(template, "AWS::IAM::Policy").values()
        if {"Ref": role} in policy["Roles"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    actions = {
        action
        for one in statements
        for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
    }
    using_the_key = {"kms:Decrypt", "kms:GenerateDataKey"}
    assert actions == {"lambda:InvokeFunction", "sqs:SendMessage", *using_the_key}
    (invokes,) = [one for one in statements if "lambda:InvokeFunction" in one["Action"]]
    assert invokes["Resource"] == schedule["Target"]["Arn"]
