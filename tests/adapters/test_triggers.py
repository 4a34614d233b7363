"""EventBridge's rules and the GameDay's schedule, as they are in both regions."""

from collections.abc import Iterator
from typing import Any, NoReturn

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from landbridge.adapters import triggers
from landbridge.adapters.triggers import read_triggers

HERE, THERE = "eu-central-1", "us-east-1"


@pytest.fixture(name="rules", autouse=True)
def _rules(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": HERE,
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        for region, name in ((HERE, "on-alarm"), (HERE, "every-minute"), (THERE, "forward-alarm")):
            client = boto3.client("events", region_name=region)
            client.put_rule(Name=f"landbridge-orders-{name}", ScheduleExpression="rate(1 minute)")
        yield boto3.client("events", region_name=HERE)


def states() -> dict[str, str | None]:
    """Return each trigger's state by its name and region."""
    return {f"{one.trigger} {one.region}": one.state for one in read_triggers("orders")}


def test_each_rule_is_read_in_its_own_region(rules: Any) -> None:
    """One that is off says so; one that was deleted, and a schedule that never was, are none."""
    rules.disable_rule(Name="landbridge-orders-on-alarm")
    rules.delete_rule(Name="landbridge-orders-every-minute")
    assert states() == {
        f"on-alarm {HERE}": "DISABLED",
        f"every-minute {HERE}": None,
        f"forward-alarm {THERE}": "ENABLED",
        f"gameday {HERE}": None,
    }
    assert {one.reason for one in read_triggers("orders")} == {""}


def test_the_gamedays_schedule_is_read_from_the_scheduler() -> None:
    """It is no rule, and has a state of its own."""
    boto3.client("scheduler", region_name=HERE).create_schedule(
        Name="landbridge-orders-gameday",
        ScheduleExpression="cron(0 9 ? * TUE *)",
        FlexibleTimeWindow={"Mode": "OFF"},
        State="DISABLED",
        Target={
            "Arn": "arn:aws:lambda:eu-central-1:1:function:x",
            "RoleArn": "arn:aws:iam::1:role/x",
        },
    )
    assert states()[f"gameday {HERE}"] == "DISABLED"


def test_an_orchestrator_beside_the_alarm_forwards_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """In us-east-1 the alarm's own event is on the bus already."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", THERE)
    assert not [name for name in states() if name.startswith("forward-alarm")]


def test_what_may_not_be_read_is_a_reason_and_not_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that nobody may ask about is not taken for one that is gone."""

    def denied(**_: object) -> NoReturn:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "Describe")

    client = boto3.client("events", region_name=HERE)
    monkeypatch.setattr(client, "describe_rule", denied)
    found = triggers._rule(client, "on-alarm", "orders")
    assert (found.state, "AccessDeniedException" in found.reason) == (None, True)
