"""The GameDay's steps: what they look at, ask for and keep."""

import json
from typing import Any

import pytest

from landbridge.adapters.runs import ABORT, put_record, read_record
from landbridge.domain.errors import GamedayRefusedError, GateConflictError, SiteUnknownError
from landbridge.domain.gameday import Leg
from tests.functions.outside import Outside, outside
from tests.functions.world import World

__all__ = ["outside"]

RUN = "gameday-manual-1"
AT = "2026-11-28T12:00:00.000Z"
REQUEST = {"trigger": "manual", "reason": "the quarter's", "planned": True}
GREEN = {"checks": [{"name": "slot", "result": "pass", "reason": ""}], "active": "aws"}
OUT = {"run": "failover-gameday-1", "at": 3.0}


def check(world: World, **preflight: Any) -> dict[str, Any]:
    """Run Check Gameday with that preflight."""
    event = {"input": REQUEST, "preflight": {**GREEN, **preflight}}
    return world.run("check_gameday", event)


@pytest.mark.usefixtures("outside")
def test_a_gameday_on_a_quiet_day_has_a_plan(world: World) -> None:
    """The request as it was understood, and the configured clocks."""
    answer = check(world)
    assert answer["request"]["planned"] is True
    assert (answer["plan"]["notice_seconds"], answer["plan"]["soak_seconds"]) == (0, 60)
    assert json.dumps(answer)


def test_everything_against_it_is_told_at_once(world: World, outside: Outside) -> None:
    """A red check, both alarms and a run."""
    outside.on_aws, outside.alarms = None, {"checkout": "ALARM"}
    outside.running = "failover-alarm-1"
    red = [{"name": "slot", "result": "fail", "reason": "there is none"}]
    with pytest.raises(GamedayRefusedError) as refused:
        check(world, checks=red)
    said = str(refused.value)
    for words in ("slot: fail", "landbridge-orders-health is missing", "checkout is ALARM"):
        assert words in said
    assert "run failover-alarm-1 is on" in said


def test_an_alarm_that_nobody_can_read_is_not_ok(world: World, outside: Outside) -> None:
    """Unknown is against a rehearsal."""
    outside.on_aws = SiteUnknownError("throttled")
    with pytest.raises(GamedayRefusedError, match="landbridge-orders-health is unknown"):
        check(world)


def leg(world: World, flow: str) -> dict[str, Any]:
    """Run Start Leg."""
    return world.run("start_leg", {"run": RUN, "request": REQUEST, "flow": flow, "at": AT})


def test_the_way_out_is_a_switchover_of_the_gamedays(world: World, outside: Outside) -> None:
    """Its trigger is gameday, its reason names the GameDay, and its name is what runs."""
    answer = leg(world, "failover")
    ((event, flow),) = outside.asked
    assert (flow, event["trigger"], event["planned"]) == ("failover", "gameday", True)
    assert event["reason"] == f"GameDay {RUN}: the quarter's"
    assert answer["run"].startswith("failover-gameday-")


def test_the_way_home_is_asked_of_the_failbacks_starter(world: World, outside: Outside) -> None:
    """A failback is no switchover's request."""
    answer = leg(world, "failback")
    ((event, flow),) = outside.asked
    assert (flow, event["planned"]) == ("failback", False)
    assert answer["run"].startswith("failback-gameday-")


def test_a_second_attempt_finds_the_run_of_the_first(world: World, outside: Outside) -> None:
    """The starter refuses the copy; the run is the GameDay's own."""
    name = leg(world, "failover")["run"]
    outside.answer = {"started": False, "run": "", "reason": f"this incident's own run, {name}"}
    outside.status = {name: "RUNNING"}
    assert leg(world, "failover")["run"] == name
    assert outside.asked[0] == outside.asked[1]


def test_a_run_in_between_is_nobodys_leg(world: World, outside: Outside) -> None:
    """The starter refused it beside another: tried again, and then that one leads."""
    outside.answer = {"started": False, "run": "", "reason": "another run, x, is on already"}
    with pytest.raises(GateConflictError, match="another run, x"):
        leg(world, "failover")


def watch(world: World, phase: str, **state: Any) -> dict[str, Any]:
    """Run Watch Gameday in that phase."""
    known = {
        "request": REQUEST,
        "plan": {"at": 1.0},
        "announcement": {"at": 2.0},
        "watched_out": {"at": 4.0},
    }
    event = {"run": RUN, "phase": phase, "state": {**known, **state}}
    return world.run("watch_gameday", event)


def test_a_look_says_what_comes_next(world: World, outside: Outside) -> None:
    """The notice is over, and nothing is against it."""
    answer = watch(world, "announced")
    assert (answer["action"], answer["mark"]) == ("go_on", "")
    assert isinstance(answer["wait_seconds"], int)
    outside.on_aws = "ALARM"
    assert watch(world, "announced")["action"] == "hand_over"


def test_its_own_runs_are_nobody_elses(world: World, outside: Outside) -> None:
    """A run that it started is no incident; any other one is."""
    outside.since = [Leg(OUT["run"], "SUCCEEDED")]
    outside.status = {OUT["run"]: "SUCCEEDED"}
    assert watch(world, "out", out_leg=OUT)["action"] == "go_on"
    outside.status = {OUT["run"]: "FAILED"}
    assert watch(world, "out", out_leg=OUT)["action"] == "end"
    outside.since.append(Leg("failover-manual-2", "RUNNING"))
    assert watch(world, "out", out_leg=OUT)["action"] == "hand_over"


@pytest.mark.parametrize(
    ("phase", "action"), [("announced", "end"), ("out", "wait"), ("soak", "home"), ("home", "wait")]
)
def test_an_abort_is_seen_in_each_phase(
    world: World, outside: Outside, phase: str, action: str
) -> None:
    """What a person wrote into the table, with the name; the run that is on goes on."""
    put_record(RUN, ABORT, 1.0, {"by": "ann", "reason": "enough"})
    home = {"run": "failback-gameday-1", "at": 5.0}
    outside.status = {OUT["run"]: "RUNNING", home["run"]: "RUNNING"}
    answer = watch(world, phase, out_leg=OUT, home_leg=home)
    assert answer["action"] == action
    if action != "wait":
        assert (answer["mark"], answer["reason"]) == ("aborted", "aborted: enough, ann")


def test_an_alarm_of_the_workload_leads_home(world: World, outside: Outside) -> None:
    """A configured one, while Azure serves."""
    outside.alarms = {"checkout": "ALARM"}
    answer = watch(world, "soak", out_leg=OUT)
    assert (answer["action"], answer["mark"]) == ("home", "stopped")


def hand_over(world: World) -> dict[str, Any]:
    """Run Hand Over."""
    return world.run("hand_over", {"run": RUN, "at": AT})


def test_the_run_that_is_on_leads(world: World, outside: Outside) -> None:
    """Nobody asks for a second one."""
    outside.running = "failover-alarm-1"
    assert hand_over(world)["run"] == "failover-alarm-1"
    assert outside.asked == []


def test_an_alarm_without_a_run_gets_one(world: World, outside: Outside) -> None:
    """It was refused beside the GameDay's own; the votes decide, so it is no switchover."""
    outside.on_aws = "ALARM"
    answer = hand_over(world)
    ((event, _flow),) = outside.asked
    assert (event["trigger"], event.get("planned", False)) == ("watchdog", False)
    assert RUN in event["reason"]
    assert answer == {"run": "failover-1", "reason": "A failover was started: watchdog."}
    hand_over(world)
    assert outside.asked[0][0]["incident"] == outside.asked[1][0]["incident"]


def test_without_an_alarm_nothing_is_asked_for(world: World, outside: Outside) -> None:
    """Another run came and went: there is no incident any more."""
    assert hand_over(world)["run"] == ""
    assert outside.asked == []


@pytest.mark.usefixtures("outside")
def test_people_are_told_before_and_after(world: World) -> None:
    """The announcement has the time, the way out and the abort; the end has what is true."""
    plan = {"notice_seconds": 900, "soak_seconds": 1_800}
    state: dict[str, Any] = {"request": REQUEST, "plan": plan}
    world.run("announce_gameday", {"run": RUN, "state": state, "ended": False})
    end = {"action": "end", "reason": "aborted: enough, ann", "mark": "aborted"}
    state["watched_announced"] = end
    world.run("announce_gameday", {"run": RUN, "state": state, "ended": True})
    (before, after) = world.messages
    assert "900 s" in before[1]
    assert "landbridge gameday --abort" in before[1]
    assert after[0] == "landbridge: GameDay aborted"
    assert "enough, ann" in after[1]


@pytest.mark.usefixtures("outside")
def test_a_gameday_leaves_a_record(world: World) -> None:
    """Its ending and its state, by its name."""
    state = {"error": {"Error": "GamedayRefusedError", "Cause": "alarm checkout is ALARM"}}
    event = {"run": RUN, "state": state, "started_at": AT}
    answer = world.run("report_gameday", event)
    kept = read_record(RUN, "gameday")
    assert kept is not None
    assert (answer["mark"], kept["ending"]["reason"]) == ("refused", "alarm checkout is ALARM")
    assert kept["state"] == state


RECORD = {
    "run": OUT["run"],
    "rto_estimated_seconds": 4.5,
    "rto_counts_from": "hold",
    "hold_estimated_seconds": 4.5,
    "rpo_bytes": 0,
    "manual_steps": [],
}


@pytest.mark.usefixtures("outside")
def test_the_report_has_the_figures_of_its_runs(world: World) -> None:
    """By their own records; people are told the same, and the bucket keeps it whole."""
    put_record(OUT["run"], "run", 2.0, {}, RECORD)
    state: dict[str, Any] = {"request": REQUEST, "out_leg": OUT, "home_leg": {"run": "none"}}
    report = world.run("report_gameday", {"run": RUN, "state": state, "started_at": AT})
    assert "RTO 4.5 s" in report["message"]
    whole = world.archive[RUN]
    assert whole["record"]["rto_estimated_seconds"] == 4.5
    assert whole["record"]["hold_home_estimated_seconds"] is None
    state["report"] = report
    world.run("announce_gameday", {"run": RUN, "state": state, "ended": True})
    assert world.messages[-1] == (report["subject"], report["message"])


def test_a_run_that_found_nothing_to_do_is_not_its_own(world: World, outside: Outside) -> None:
    """Somebody else moved the workload in between: it is not for a GameDay to bring it back."""
    outside.status, outside.idle = {OUT["run"]: "SUCCEEDED"}, {OUT["run"]}
    answer = watch(world, "out", out_leg=OUT)
    assert (answer["action"], answer["mark"]) == ("hand_over", "incident")


def test_the_failover_of_a_fault_is_named_for_the_next_look(world: World, outside: Outside) -> None:
    """The machine takes it for its own way out."""
    outside.since = [Leg("failover-alarm-1", "RUNNING")]
    answer = watch(world, "announced", request={**REQUEST, "planned": False})
    assert (answer["action"], answer["leg"]) == ("adopt", "failover-alarm-1")
