"""EventBridge tells that a GameDay's execution ended, or that its way out arrived."""

import json
from typing import Any

import pytest

from landbridge.adapters.runs import put_record, read_record
from landbridge.domain.gameday import Leg
from tests.functions.outside import Outside, outside
from tests.functions.world import World

__all__ = ["outside"]

RUN, OUT, HOME = "gameday-manual-1", "failover-gameday-1", "failback-gameday-1"
AWAY = [Leg(OUT, "SUCCEEDED")]
REQUEST = {"trigger": "manual", "reason": "the quarter's", "planned": True}


def close(world: World, name: str = RUN, **request: Any) -> dict[str, Any]:
    """Hand the function the event of that execution, as EventBridge has it."""
    detail = {
        "name": name,
        "status": "ABORTED",
        "startDate": 1_795_424_400_000,
        "input": json.dumps({**REQUEST, **request}),
    }
    event = {"source": "aws.states", "time": "2026-11-23T09:10:00Z", "detail": detail}
    return world.run("close_gameday", event)


@pytest.mark.parametrize("status", ["ABORTED", "TIMED_OUT", "FAILED"])
def test_a_workload_that_was_left_in_azure_is_led_home(
    world: World, outside: Outside, status: str
) -> None:
    """The failback's starter is asked, the end is kept, and people are told."""
    outside.status, outside.since = {RUN: status}, AWAY
    assert close(world)["closed"] is True
    ((event, flow),) = outside.asked
    assert (flow, event["trigger"], event["planned"]) == ("failback", "gameday", False)
    kept = read_record(RUN, "gameday")
    assert kept is not None
    assert kept["record"]["outcome"] == ("aborted" if status == "ABORTED" else "failed")
    assert world.archive[RUN]["record"]["reason"] == "the quarter's"
    ((subject, message),) = world.messages
    assert subject.startswith("landbridge: GameDay")
    assert "the way home was asked for" in message


def test_two_copies_of_one_event_ask_for_one_way_home(world: World, outside: Outside) -> None:
    """EventBridge delivers at least once: the starter knows the second by its incident and time."""
    outside.status, outside.since = {RUN: "ABORTED"}, AWAY
    close(world)
    close(world)
    assert outside.asked[0] == outside.asked[1]


def test_a_refused_way_home_is_told_with_the_next_command(world: World, outside: Outside) -> None:
    """Another run is on: a person goes on from there."""
    outside.status, outside.since = {RUN: "ABORTED"}, AWAY
    outside.answer = {"started": False, "run": "", "reason": "another run, x, is on already"}
    close(world)
    message = world.messages[-1][1]
    assert "another run, x, is on already" in message
    assert "landbridge failback --watch" in message


def test_a_way_out_that_arrives_after_its_gameday_is_led_home(
    world: World, outside: Outside
) -> None:
    """It was on when the execution was stopped: told then, and led home by its own end."""
    outside.status, outside.since = {RUN: "ABORTED"}, [Leg(OUT, "RUNNING")]
    close(world)
    assert outside.asked == []
    assert "the way home begins" in world.messages[-1][1]
    outside.since = AWAY
    close(world, OUT, incident=f"{RUN}-failover")
    assert [flow for _, flow in outside.asked] == ["failback"]


@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED"])
def test_a_gameday_that_leads_is_left_alone(world: World, outside: Outside, status: str) -> None:
    """Its way out arrived, and it goes on by itself."""
    outside.status, outside.since = {RUN: status}, AWAY
    assert close(world, OUT, incident=f"{RUN}-failover")["closed"] is False
    assert (outside.asked, world.messages) == ([], [])


def test_a_gameday_that_reported_is_left_alone(world: World, outside: Outside) -> None:
    """Refused, aborted or stopped it ends as failed, and has told so itself."""
    outside.status, outside.since = {RUN: "FAILED"}, AWAY
    put_record(RUN, "gameday", 1.0, {"closed": False, "state": {"out_leg": {"run": OUT}}})
    assert close(world)["closed"] is False
    assert (outside.asked, world.messages) == ([], [])


def test_a_way_out_that_its_gameday_never_heard_of_is_led_home(
    world: World, outside: Outside
) -> None:
    """The starter's answer was lost for good: the GameDay ended, and the run arrived after it."""
    outside.status, outside.since = {RUN: "FAILED"}, AWAY
    put_record(RUN, "gameday", 1.0, {"closed": False, "state": {}, "started_at": 1.0})
    assert close(world)["closed"] is False
    assert close(world, OUT, incident=f"{RUN}-failover")["closed"] is True
    assert [flow for _, flow in outside.asked] == ["failback"]


def test_a_failover_of_somebody_else_is_none_of_its(world: World, outside: Outside) -> None:
    """An alarm's run that arrives stays in Azure."""
    outside.status, outside.since = {RUN: "ABORTED"}, [Leg("failover-alarm-1", "SUCCEEDED")]
    assert close(world, "failover-alarm-1")["closed"] is False
    assert outside.asked == []
