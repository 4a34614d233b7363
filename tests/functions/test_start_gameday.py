"""The GameDay's starter against Step Functions and DynamoDB as moto has them."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.start_gameday import handler
from tests.functions.starter import NOW, REGION, Starter
from tests.sample_events import load_event

GAMEDAY = "landbridge-gameday"
REQUEST = {**load_event("gameday"), "occurred_at": NOW}


@pytest.fixture
def starter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Starter]:
    """Give a starter in an AWS of its own."""
    with mock_aws(config={"stepfunctions": {"execute_state_machine": False}}):
        yield Starter(monkeypatch, handler, GAMEDAY)


def test_a_schedule_starts_a_switchover(starter: Starter) -> None:
    """One GameDay, planned where the event does not say otherwise."""
    event = {key: value for key, value in REQUEST.items() if key != "planned"}
    answer = starter.hand(event)
    assert answer["started"] is True
    assert answer["run"].startswith("gameday-gameday-")
    assert starter.input_of(answer["run"])["planned"] is True


def test_copies_of_one_scheduled_event_are_one_gameday(starter: Starter) -> None:
    """Scheduler delivers at least once; the scheduled time is the same in each copy."""
    event = {"trigger": "gameday", "reason": "scheduled", "occurred_at": "2026-11-23T09:03:00Z"}
    first = starter.hand(event)
    starter.end(first["run"])
    second = starter.hand(event)
    assert (first["started"], second["started"]) == (True, False)
    assert starter.executions() == [first["run"]]


def test_an_event_that_comes_too_late_starts_none(starter: Starter) -> None:
    """People were told of another time."""
    answer = starter.hand({**REQUEST, "occurred_at": NOW - 3_600})
    assert (answer["started"], starter.executions()) == (False, [])
    assert "3600 s old" in answer["reason"]


def test_no_gameday_beside_a_run(starter: Starter) -> None:
    """A failover that is on is named."""
    starter.begin_other("failover-alarm-1")
    answer = starter.hand(REQUEST)
    assert (answer["started"], starter.executions()) == (False, [])
    assert starter.refusals() == ["another run, failover-alarm-1, is on already"]


def test_every_machine_is_looked_at(starter: Starter, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second of the other machines too."""
    other = starter.look_at_too(monkeypatch, "landbridge-failover")
    states: Any = boto3.client("stepfunctions", region_name=REGION)
    states.start_execution(stateMachineArn=other, name="failback-manual-1", input="{}")
    assert "failback-manual-1" in starter.hand(REQUEST)["reason"]


def test_no_gameday_beside_a_gameday(starter: Starter) -> None:
    """The one that is on is named."""
    first = starter.hand(REQUEST)
    second = starter.hand({**REQUEST, "incident": "another"})
    assert second["reason"] == f"another run, {first['run']}, is on already"


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ([], "event: a list is not an object"),
        ({"trigger": "gameday"}, "reason: missing"),
        ({**REQUEST, "planned": "yes"}, "planned: 'yes'"),
        ({**REQUEST, "trigger": "alarm"}, "alarm"),
    ],
    ids=["no object", "no reason", "no flag", "alarm"],
)
def test_what_is_no_request_starts_nothing(starter: Starter, event: Any, words: str) -> None:
    """The record says why."""
    answer = starter.hand(event)
    assert (answer["started"], starter.executions()) == (False, [])
    assert words in answer["reason"]
    assert starter.refusals() == [answer["reason"]]
