"""The failback's starter against Step Functions and DynamoDB as moto has them."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from functions.start_failback import handler
from tests.functions.starter import FAILBACK, NOW, Starter
from tests.sample_events import load_event

REQUEST = {**load_event("failback"), "occurred_at": NOW}


@pytest.fixture
def starter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Starter]:
    """Give a starter in an AWS of its own."""
    with mock_aws(config={"stepfunctions": {"execute_state_machine": False}}):
        yield Starter(monkeypatch, handler, FAILBACK)


def test_a_person_starts_it(starter: Starter) -> None:
    """One execution, named after its flow, with the request as its input."""
    answer = starter.hand({**REQUEST, "discard_forked_rows": True})
    assert answer["started"] is True
    assert answer["run"].startswith("failback-manual-")
    assert starter.executions() == [answer["run"]]
    asked = starter.input_of(answer["run"])
    assert (asked["reason"], asked["discard_forked_rows"]) == (REQUEST["reason"], True)


def test_a_failback_asked_for_while_a_failover_runs_is_refused(starter: Starter) -> None:
    """One run of either direction at a time, and the other one is named."""
    starter.begin_other("failover-alarm-1")
    answer = starter.hand(REQUEST)
    assert answer["started"] is False
    assert answer["reason"] == "another run, failover-alarm-1, is on already"
    assert (starter.executions(), starter.refusals()) == ([], [answer["reason"]])


def test_the_same_request_twice_is_one_run(starter: Starter) -> None:
    """A copy that comes after its run ended starts nothing."""
    name = starter.hand(REQUEST)["run"]
    starter.end(name)
    answer = starter.hand(REQUEST)
    assert (answer["started"], starter.executions()) == (False, [name])
    assert starter.refusals() == [f"this request had its run already: {name}"]


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({"trigger": "alarm", "reason": "x"}, "alarm"),
        ({"trigger": "manual"}, "reason: missing"),
        ({**REQUEST, "discard_forked_rows": "yes"}, "discard_forked_rows: 'yes'"),
        ([], "event: a list is not an object"),
    ],
    ids=["alarm", "no reason", "no flag", "no object"],
)
def test_what_is_no_request_starts_nothing(starter: Starter, event: Any, reason: str) -> None:
    """Nobody comes home by an alarm, nor by what cannot be read: the record says why."""
    answer = starter.hand(event)
    assert (answer["started"], starter.executions()) == (False, [])
    assert reason in answer["reason"]
    assert starter.refusals() == [answer["reason"]]
