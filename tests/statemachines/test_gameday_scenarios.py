"""Each way through the GameDay's machine, on both interpreters, with steps that follow a script."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.domain import errors
from landbridge.domain.gameday_ending import describe_gameday
from tests.statemachines.machine import Event, Machine, Run
from tests.statemachines.scripted import GAMEDAY_REQUEST, scripted_gameday, watched

BEGIN = ["run_preflight", "check_gameday"]
ANNOUNCED = [*BEGIN, "announce_gameday", "watch_gameday"]
ENDED = ["report_gameday", "announce_gameday"]
_names: Iterator[str] = (f"gameday-{number}" for number in range(1, 10_000))


def run(machine: Machine, request: object = GAMEDAY_REQUEST, **changes: Any) -> Run:
    """Execute the machine once with the scripted steps."""
    return machine.run(scripted_gameday(**changes), next(_names), request)


def ended(one: Run) -> tuple[str, str, str]:
    """Return the execution's status, its error and its last state."""
    return one.status, one.error, one.ended_in


def message_of(one: Run) -> str:
    """Return what the operators are told in the end."""
    event = one.event_of("announce_gameday")
    assert event["ended"] is True
    return describe_gameday(event["run"], event["state"]).message


def started(one: Run) -> list[str]:
    """Return the ways that were begun, in that order, each attempt."""
    return [event["flow"] for name, event in one.calls if name == "start_leg"]


def phases(one: Run) -> list[str]:
    """Return the phases that were watched."""
    seen = [event["phase"] for name, event in one.calls if name == "watch_gameday"]
    return list(dict.fromkeys(seen))


def test_a_gameday_goes_out_and_comes_home(gameday_machine: Machine) -> None:
    """Preflight, announced, out, orders while Azure serves, home, reported, told."""
    one = run(gameday_machine)
    assert ended(one) == ("SUCCEEDED", "", "Rehearsed")
    assert one.called == [*ANNOUNCED, "start_leg", "smoke_dns", "report_gameday"]
    assert started(one) == ["failover", "failback"]
    assert phases(one) == ["announced", "out", "soak", "home"]
    assert [event["ended"] for name, event in one.calls if name == "announce_gameday"] == [
        False,
        True,
    ]
    assert "AWS serves again, and Azure is its standby." in message_of(one)


def test_each_order_while_azure_serves_is_another(gameday_machine: Machine) -> None:
    """An order that was placed before shows nothing: each visit has an id of its own."""

    def later(_event: Event) -> Event:
        # Waits take no time here, and one interpreter's clock has milliseconds.
        until = time.time() + 0.002
        while time.time() < until:
            pass
        return watched("wait")

    one = run(gameday_machine, watches={"soak": [later, watched("home")]})
    orders = [event for name, event in one.calls if name == "smoke_dns"]
    assert {event["site"] for event in orders} == {"azure"}
    assert len({event["run"] for event in orders}) == len(orders) == 2


@pytest.mark.parametrize(
    "reason",
    [
        "preflight, slot: fail: there is none",
        "blocked window friday: 2026-11-27 00:00 to 2026-11-28 00:00 UTC",
        "alarm checkout-errors is ALARM",
        "run failover-alarm-1 is on",
    ],
)
def test_what_is_against_it_refuses_it(gameday_machine: Machine, reason: str) -> None:
    """Red preflight, blocked window, alarm, run: nothing begins, and people are told why."""
    one = run(gameday_machine, check_gameday=errors.GamedayRefusedError(reason))
    assert ended(one) == ("FAILED", "GamedayRefused", "Not Rehearsed")
    assert one.called == [*BEGIN, *ENDED]
    assert reason in message_of(one)
    assert "nothing was moved" in message_of(one)


@pytest.mark.parametrize("request_", [[], "now", {"reason": 1}, None], ids=repr)
def test_any_input_reaches_the_step_that_refuses_it(
    gameday_machine: Machine, request_: object
) -> None:
    """A machine that is started by hand with nonsense says so by name."""
    one = run(gameday_machine, request_, check_gameday=errors.InvalidEventError("reason: missing"))
    assert one.event_of("check_gameday")["input"] == request_
    assert ended(one) == ("FAILED", "GamedayRefused", "Not Rehearsed")


def test_nobody_told_is_nothing_begun(gameday_machine: Machine) -> None:
    """The announcement cannot be made: no run is started."""
    one = run(gameday_machine, announce_gameday=errors.AccessDeniedError("no"))
    assert ended(one) == ("FAILED", "GamedayFailed", "Not Rehearsed")
    assert started(one) == []


@pytest.mark.parametrize("mark", ["aborted", "stopped"])
def test_a_stop_before_anything_moved_ends_it(gameday_machine: Machine, mark: str) -> None:
    """Announced: AWS serves as before."""
    looks = {"announced": [watched("wait"), watched("end", "why", mark)]}
    one = run(gameday_machine, watches=looks)
    assert ended(one) == ("FAILED", f"Gameday{mark.title()}", "Not Rehearsed")
    assert started(one) == []
    assert "nothing was moved" in message_of(one)


@pytest.mark.parametrize("mark", ["aborted", "stopped"])
def test_a_stop_while_azure_serves_leads_home_at_once(gameday_machine: Machine, mark: str) -> None:
    """The nearest safe state is AWS with its standby; what stopped it is told."""
    one = run(gameday_machine, watches={"soak": [watched("home", "enough", mark)]})
    assert ended(one) == ("FAILED", f"Gameday{mark.title()}", "Not Rehearsed")
    assert started(one) == ["failover", "failback"]
    assert "enough" in message_of(one)
    assert "AWS serves again" in message_of(one)


def test_a_stop_on_the_way_home_is_told_in_the_end(gameday_machine: Machine) -> None:
    """The failback goes on; the GameDay ends as aborted."""
    one = run(gameday_machine, watches={"home": [watched("end", "aborted: x", "aborted")]})
    assert ended(one) == ("FAILED", "GamedayAborted", "Not Rehearsed")
    assert "AWS serves again" in message_of(one)


def test_an_order_that_fails_leads_home(gameday_machine: Machine) -> None:
    """After its attempts; the report has the order's own words."""
    one = run(gameday_machine, smoke_dns=errors.SmokeCheckError("answered by nobody"))
    assert ended(one) == ("FAILED", "GamedayStopped", "Not Rehearsed")
    assert started(one) == ["failover", "failback"]
    assert "answered by nobody" in message_of(one)


@pytest.mark.parametrize("phase", ["announced", "out", "soak", "home"])
def test_an_incident_takes_the_lead(gameday_machine: Machine, phase: str) -> None:
    """An alarm half way: the GameDay starts nothing more, and hands over."""
    looks = {phase: [watched("hand_over", "run failover-alarm-1 leads", "incident")]}
    one = run(gameday_machine, watches=looks)
    assert ended(one) == ("FAILED", "GamedayIncident", "Not Rehearsed")
    assert one.attempts("hand_over") == 1
    assert phases(one)[-1] == phase
    ways = {"announced": [], "out": ["failover"], "soak": ["failover"]}
    assert started(one) == ways.get(phase, ["failover", "failback"])
    assert "Run failover-alarm-1 leads." in message_of(one)


def test_a_run_that_got_in_between_leads(gameday_machine: Machine) -> None:
    """The starter refused the way out beside another run: that one leads."""
    one = run(gameday_machine, start_leg=errors.GateConflictError("another run is on"))
    assert ended(one) == ("FAILED", "GamedayIncident", "Not Rehearsed")
    assert phases(one) == ["announced"]
    assert one.attempts("hand_over") == 1


def test_a_way_home_that_is_refused_beside_another_run_is_asked_for_again(
    gameday_machine: Machine,
) -> None:
    """The late alarm on AWS has a run that finds nothing to do: the GameDay waits for its end."""
    refused = errors.GateConflictError("another run is on")
    out = {"run": "failover-gameday-1", "at": 3.0}
    home = {"run": "failback-gameday-1", "at": 3.0}
    one = run(gameday_machine, start_leg=[out, *[refused] * 5, home])
    assert ended(one) == ("SUCCEEDED", "", "Rehearsed")
    assert started(one)[-1] == "failback"


@pytest.mark.parametrize(
    ("phase", "said"),
    [("out", "Its run tells what it undid"), ("home", "landbridge failback --watch")],
)
def test_a_way_that_did_not_arrive_is_told(gameday_machine: Machine, phase: str, said: str) -> None:
    """The GameDay starts no way after it; the message has the next command."""
    one = run(gameday_machine, watches={phase: [watched("end", "did not arrive", "failed")]})
    assert ended(one) == ("FAILED", "GamedayFailed", "Not Rehearsed")
    assert phases(one)[-1] == phase
    assert said in message_of(one)


@pytest.mark.parametrize("phase", ["out", "home"])
def test_a_look_that_fails_is_no_end_of_the_run(gameday_machine: Machine, phase: str) -> None:
    """Whatever broke the look, the way is watched until it has ended."""
    broken = [errors.AccessDeniedError("no"), watched({"out": "go_on", "home": "end"}[phase])]
    one = run(gameday_machine, watches={phase: broken})
    assert ended(one) == ("SUCCEEDED", "", "Rehearsed")


def test_a_look_that_fails_while_azure_serves_leads_home(gameday_machine: Machine) -> None:
    """Nobody leaves the workload without a standby because nobody looks."""
    one = run(gameday_machine, watches={"soak": [errors.AccessDeniedError("no")]})
    assert ended(one) == ("FAILED", "GamedayStopped", "Not Rehearsed")
    assert started(one) == ["failover", "failback"]


@pytest.mark.parametrize("step", ["report_gameday", "hand_over"])
def test_what_breaks_in_the_end_is_still_told(gameday_machine: Machine, step: str) -> None:
    """The operators get their message, and no GameDay counts as done without its report."""
    looks = {"soak": [watched("hand_over", "run x leads", "incident")]}
    one = run(gameday_machine, watches=looks, **{step: errors.AccessDeniedError("no")})
    assert one.status == "FAILED"
    assert "The GameDay leads no more" in message_of(one)
    assert json.dumps(one.event_of("report_gameday")["state"]["plan"])


def test_the_failover_of_a_fault_is_the_way_out(gameday_machine: Machine) -> None:
    """Nobody asks a starter for one; the run is the leg that is watched and reported."""
    found = {**watched("adopt"), "leg": "failover-alarm-1"}
    one = run(gameday_machine, watches={"announced": [watched("wait"), found]})
    assert ended(one) == ("SUCCEEDED", "", "Rehearsed")
    assert started(one) == ["failback"]
    state = one.event_of("report_gameday")["state"]
    assert state["out_leg"] == {"run": "failover-alarm-1", "at": found["at"]}
