"""The starter against Step Functions and DynamoDB as moto has them: one run or none, and why."""

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from moto import mock_aws

from functions.start_failover import handler
from landbridge.adapters import automatic, environment
from landbridge.domain.errors import SiteUnknownError
from landbridge.domain.settings import VARIABLE
from tests.functions.starter import NOW, Starter
from tests.sample_events import load_event
from tests.sample_settings import settings_document


@pytest.fixture
def starter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Starter]:
    """Give a starter in an AWS of its own."""
    with mock_aws(config={"stepfunctions": {"execute_state_machine": False}}):
        yield Starter(monkeypatch, handler)


def alarm(*, age_seconds: float = 1, state: str = "ALARM", previous: str = "OK") -> dict[str, Any]:
    """Return the alarm's event as if its state had changed that long ago."""
    event = copy.deepcopy(load_event("alarm"))
    moment = datetime.fromtimestamp(NOW - age_seconds, UTC)
    stamp = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"
    event["detail"]["state"] |= {"value": state, "timestamp": stamp}
    event["detail"]["previousState"]["value"] = previous
    return event


def test_an_alarm_starts_the_machine_with_a_request_it_understands(starter: Starter) -> None:
    """OK to ALARM, just now: one execution, whose input says who asked, why and when."""
    event = alarm()
    answer = starter.hand(event)
    reason = event["detail"]["state"]["reason"]
    assert answer == {"started": True, "run": answer["run"], "reason": f"alarm: {reason}"}
    assert starter.executions() == [answer["run"]]
    stamp = event["detail"]["state"]["timestamp"]
    assert starter.input_of(answer["run"]) == {
        "trigger": "alarm",
        "reason": reason,
        "incident": f"landbridge-orders-health-{stamp}",
        "occurred_at": datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S.%f%z").timestamp(),
        "planned": False,
        "accept_data_loss": False,
        "force": False,
        "discard_forked_rows": False,
        "delivery": "request-1",
    }
    assert starter.refusals() == []


def test_ten_copies_of_one_alarm_start_one_run(starter: Starter) -> None:
    """EventBridge delivers at least once: nine copies are refused and recorded."""
    event = alarm()
    answers = [starter.hand(event) for _ in range(10)]
    assert [answer["started"] for answer in answers] == [True] + [False] * 9
    name = answers[0]["run"]
    assert starter.executions() == [name]
    assert starter.refusals() == [f"this incident's own run, {name}, is on already"] * 9


def test_copies_that_come_at_once_are_refused_on_record_too(
    starter: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None sees the other's run in the list: Step Functions gives the name to one of them."""
    monkeypatch.setattr(handler, "running_execution", lambda: "")
    event = alarm()
    answers = [starter.hand(event) for _ in range(3)]
    assert [answer["started"] for answer in answers] == [True, False, False]
    assert starter.refusals() == [f"this incident had its run already: {answers[0]['run']}"] * 2


def test_a_copy_after_the_run_ended_starts_nothing(starter: Starter) -> None:
    """A copy that comes minutes late finds the incident's name used."""
    event = alarm()
    name = starter.hand(event)["run"]
    starter.end(name)
    assert starter.hand(event)["started"] is False
    assert starter.executions() == [name]
    assert starter.refusals() == [f"this incident had its run already: {name}"]


def test_a_flapping_alarm_starts_one_run(starter: Starter) -> None:
    """While the first run is on, the alarm's next falls are refused, and so are its rises."""
    started = [
        starter.hand(alarm(age_seconds=age, state=state, previous=previous))["started"]
        for age, state, previous in (
            (40, "ALARM", "OK"),
            (30, "OK", "ALARM"),
            (20, "ALARM", "OK"),
            (10, "OK", "ALARM"),
            (1, "ALARM", "OK"),
        )
    ]
    assert started == [True, False, False, False, False]
    (name,) = starter.executions()
    rise, another = "the alarm went to OK, not to ALARM", f"another run, {name}, is on already"
    assert starter.refusals() == [rise, another, rise, another]


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (alarm(age_seconds=6 * 3600), "the event is 21600 s old, more than 300 s"),
        (alarm(previous="INSUFFICIENT_DATA"), "the alarm came from INSUFFICIENT_DATA, not from OK"),
        ({"trigger": "alarm", "reason": "x"}, "alarm '' is not this workload's"),
        ({"trigger": "manual"}, "reason: missing"),
        ([], "event: a list is not an object"),
    ],
    ids=["stale", "insufficient-data", "forged", "malformed", "no-object"],
)
def test_a_refusal_is_an_answer_and_a_record(starter: Starter, event: Any, reason: str) -> None:
    """What starts nothing says why, to whoever asked and in the table."""
    answer = starter.hand(event)
    assert answer["started"] is False
    assert answer["reason"].startswith(reason)
    assert starter.executions() == []
    assert starter.refusals() == [answer["reason"]]


@pytest.mark.parametrize("name", ["manual", "planned", "gameday"])
def test_people_and_schedules_start_it_too(starter: Starter, name: str) -> None:
    """A manual, planned or GameDay event starts the run that it describes."""
    event = load_event(name) | {"occurred_at": NOW}
    answer = starter.hand(event)
    assert answer["started"] is True
    assert starter.input_of(answer["run"])["planned"] is event.get("planned", False)


def test_a_failover_asked_for_while_a_failback_runs_is_refused(starter: Starter) -> None:
    """One run of either direction at a time, and the other one is named."""
    starter.begin_other("failback-manual-1")
    answer = starter.hand(alarm())
    assert answer["started"] is False
    assert answer["reason"] == "another run, failback-manual-1, is on already"
    assert (starter.executions(), starter.refusals()) == ([], [answer["reason"]])


@pytest.mark.parametrize("trigger", ["alarm", "watchdog"])
def test_an_old_proof_leaves_the_outage_to_a_person(
    starter: Starter, monkeypatch: pytest.MonkeyPatch, trigger: str
) -> None:
    """No run, a refusal on record, and a message that says what to do."""
    messages: list[str] = []
    monkeypatch.setattr(automatic, "publish", lambda _subject, text: messages.append(text))
    monkeypatch.setattr(handler, "automatic_off", lambda _now: "the last one is 31 days old")
    asked = {"trigger": trigger, "reason": "AWS is down", "occurred_at": NOW - 1}
    answer = starter.hand(alarm() if trigger == "alarm" else asked)
    assert not answer["started"]
    assert "automatic failover is off: the last one is 31 days old" in starter.refusals()[0]
    assert starter.refusals()[0].endswith("on again by: landbridge gameday --watch")
    assert "landbridge failover --reason TEXT" in messages[0]
    assert starter.hand({"reason": "a person knows better", "occurred_at": NOW})["started"]
    assert len(messages) == 1


def test_runs_that_cannot_be_read_turn_nothing_off(
    starter: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not to know how old the proof is, is no reason to leave the users alone."""
    document = settings_document()
    document["budgets"]["drill_age_days"] = 30
    monkeypatch.setenv(VARIABLE, json.dumps(document))
    environment.settings.cache_clear()

    def lost(_limit: int) -> None:
        raise SiteUnknownError("runs table: throttled")

    monkeypatch.setattr(automatic, "recent_records", lost)
    assert starter.hand(alarm())["started"]


@pytest.mark.parametrize(("days", "started"), [(29, True), (31, False)])
def test_the_age_of_the_last_failover_that_worked_decides(
    starter: Starter, monkeypatch: pytest.MonkeyPatch, days: int, *, started: bool
) -> None:
    """By its record, against the configured days."""
    document = settings_document()
    document["budgets"]["drill_age_days"] = 30
    monkeypatch.setenv(VARIABLE, json.dumps(document))
    environment.settings.cache_clear()
    record = {
        "run": "failover-gameday-1",
        "flow": "failover",
        "outcome": "recovered",
        "ended_at": NOW - days * 86_400,
        "rto_estimated_seconds": 65.0,
        "rpo_bytes": 0,
    }
    monkeypatch.setattr(automatic, "recent_records", lambda _limit: [record])
    monkeypatch.setattr(automatic, "publish", lambda *_: "id")
    assert starter.hand(alarm())["started"] is started
