"""Does an event start a failover? The sample events, what is refused, and what cannot be read."""

import copy
import math
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.domain.errors import InvalidEventError
from landbridge.domain.starting import (
    StartDecision,
    StartRequest,
    decide_start,
    execution_name,
    parse_request,
    parse_start_event,
)
from tests.sample_events import EVENTS, load_event

ALARM = "landbridge-orders-health"
AT = 1795424560.989  # 2026-11-23T09:02:40.989Z
GAMEDAY_AT = 1795424400.0
NOW = AT + 10

EXPECTED = {
    "alarm": StartRequest(
        trigger="alarm",
        reason=load_event("alarm")["detail"]["state"]["reason"],
        incident=f"{ALARM}-2026-11-23T09:02:40.989+0000",
        occurred_at=AT,
        alarm_name=ALARM,
        state="ALARM",
        previous_state="OK",
    ),
    "alarm_from_insufficient_data": StartRequest(
        trigger="alarm",
        reason=load_event("alarm")["detail"]["state"]["reason"],
        incident=f"{ALARM}-2026-11-23T09:02:40.989+0000",
        occurred_at=AT,
        alarm_name=ALARM,
        state="ALARM",
        previous_state="INSUFFICIENT_DATA",
    ),
    "manual": StartRequest(
        trigger="manual",
        reason="AWS eu-west-1 does not answer, its status page says so",
        incident="manual-1795424560.989",
        occurred_at=AT,
    ),
    "planned": StartRequest(
        trigger="manual",
        reason="the database's instance is replaced in AWS",
        incident="manual-1795424560.989",
        occurred_at=AT,
        planned=True,
    ),
    "failback": StartRequest(
        trigger="manual",
        reason="AWS eu-west-1 is well again since an hour, its status page says so",
        incident="manual-1795424560.989",
        occurred_at=AT,
    ),
    "gameday": StartRequest(
        trigger="gameday",
        reason="quarterly GameDay: a switchover under traffic",
        incident="gameday-2026-q4",
        occurred_at=GAMEDAY_AT,
        planned=True,
    ),
}


def decide(request: StartRequest, *, now: float = NOW, running: str = "") -> StartDecision:
    """Decide for the workload's own alarm and five minutes of age."""
    return decide_start(request, alarm_name=ALARM, max_age_seconds=300, now=now, running=running)


@pytest.mark.parametrize("name", EXPECTED)
def test_every_sample_event_is_read_whole(name: str) -> None:
    """Each trigger's sample becomes the request that it describes."""
    assert parse_start_event(load_event(name), NOW) == EXPECTED[name]


def test_every_sample_event_is_tested() -> None:
    """events/ holds nothing that no test reads."""
    assert {path.stem for path in EVENTS.glob("*.json")} == set(EXPECTED)


def test_what_the_starter_hands_on_is_the_machines_own_input() -> None:
    """The execution's input is read as the request again, less the alarm's parts."""
    for request in (parse_start_event(load_event(name), NOW) for name in EXPECTED):
        if request.previous_state != "INSUFFICIENT_DATA":
            handed_on = parse_request(decide(request).request, NOW + 60)
            assert handed_on == replace(request, alarm_name="", state="", previous_state="")


def test_an_input_made_by_hand_needs_a_reason_alone() -> None:
    """In the console {"reason": ...} is enough: it is a manual run that happens now."""
    assert parse_request({"reason": "AWS is down"}, 5.25) == StartRequest(
        "manual", "AWS is down", "manual-5.250", 5.25
    )


def test_a_start_says_who_why_and_under_which_name() -> None:
    """The decision has the execution's name and its whole input."""
    decision = decide(EXPECTED["gameday"], now=GAMEDAY_AT + 5)
    assert decision == StartDecision(
        start=True,
        reason="gameday: quarterly GameDay: a switchover under traffic",
        name=execution_name(EXPECTED["gameday"]),
        request={
            "trigger": "gameday",
            "reason": "quarterly GameDay: a switchover under traffic",
            "incident": "gameday-2026-q4",
            "occurred_at": GAMEDAY_AT,
            "planned": True,
            "accept_data_loss": False,
            "force": False,
            "discard_forked_rows": False,
        },
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"alarm_name": "other"}, f"alarm 'other' is not this workload's, '{ALARM}'"),
        ({"state": "OK"}, "the alarm went to OK, not to ALARM"),
        ({"state": ""}, "the alarm went to nothing, not to ALARM"),
        (
            {"previous_state": "INSUFFICIENT_DATA"},
            "the alarm came from INSUFFICIENT_DATA, not from OK",
        ),
        ({"previous_state": "ALARM"}, "the alarm came from ALARM, not from OK"),
        ({"previous_state": ""}, "the alarm came from nothing, not from OK"),
        ({"occurred_at": NOW - 301}, "the event is 301 s old, more than 300 s"),
        ({"occurred_at": NOW - 6 * 3600}, "the event is 21600 s old, more than 300 s"),
        ({"occurred_at": NOW + 301}, "the event is dated 301 s ahead of now"),
        ({"occurred_at": AT * 1000}, "the event is dated 1793629136418 s ahead of now"),
    ],
)
def test_what_starts_nothing(changes: dict[str, Any], reason: str) -> None:
    """Another alarm, another change, too old, or from a clock that cannot be right."""
    request = replace(EXPECTED["alarm"], **changes)
    assert decide(request) == StartDecision(start=False, reason=reason)


@pytest.mark.parametrize("occurred_at", [NOW - 300, NOW, NOW + 300])
def test_the_age_is_bounded_at_both_ends(occurred_at: float) -> None:
    """Five minutes old is not too old, and a clock that is a little ahead is no reason."""
    assert decide(replace(EXPECTED["alarm"], occurred_at=occurred_at)).start


def test_a_manual_event_is_bounded_in_age_too() -> None:
    """A command that was queued for hours is not what the person wants now."""
    decision = decide(replace(EXPECTED["manual"], occurred_at=NOW - 1000))
    assert decision == StartDecision(False, "the event is 1000 s old, more than 300 s")


def test_while_a_run_is_on_nothing_else_starts() -> None:
    """A copy of the same incident and another incident are told apart in the reason."""
    request = EXPECTED["alarm"]
    own = execution_name(request)
    same = decide(request, running=own)
    assert same == StartDecision(False, f"this incident's own run, {own}, is on already")
    other = decide(request, running="failover-manual-1-a")
    assert other == StartDecision(False, "another run, failover-manual-1-a, is on already")


def test_ten_copies_have_one_name() -> None:
    """Whatever differs between two deliveries of one event, the execution's name is the same."""
    names = set()
    for number in range(10):
        event = load_event("alarm") | {"id": f"delivery-{number}"}
        names.add(decide(parse_start_event(event, NOW + number), now=NOW + number).name)
    assert len(names) == 1


def test_copies_of_a_scheduled_event_are_one_incident() -> None:
    """A schedule's own time, as EventBridge Scheduler writes it, names the incident."""
    event = {"trigger": "gameday", "reason": "drill", "occurred_at": "2026-11-23T09:00:00Z"}
    first, second = parse_request(event, NOW), parse_request(event, NOW + 60)
    assert (
        first == second == StartRequest("gameday", "drill", f"gameday-{GAMEDAY_AT:.3f}", GAMEDAY_AT)
    )


REQUESTS = st.builds(
    StartRequest,
    trigger=st.sampled_from(["alarm", "manual", "gameday", "watchdog"]),
    reason=st.text(min_size=1),
    incident=st.text(min_size=1),
    occurred_at=st.floats(-1e12, 1e12),
)


@given(REQUESTS)
def test_every_execution_has_a_name_step_functions_takes(request_: StartRequest) -> None:
    """At most 80 characters of letters, digits and dashes, whatever the incident is called."""
    assert re.fullmatch(r"[A-Za-z0-9-]{1,80}", execution_name(request_))


@given(REQUESTS, REQUESTS)
def test_two_incidents_have_two_names(first: StartRequest, second: StartRequest) -> None:
    """Names differ where the incidents do."""
    if first.incident != second.incident:
        assert execution_name(first) != execution_name(second)


FIELDS_OF_A_REQUEST = {
    "trigger": ("siren", 1, None, ""),
    "reason": ("", "  ", None, 5, ["x"]),
    "occurred_at": (True, None, "yesterday", "2026-11-23T09:00:00", [1], math.nan, math.inf),
    "incident": ("", " ", 7, None),
    "planned": (1, "true", None),
    "accept_data_loss": (0, "no"),
    "force": ("yes",),
    "discard_forked_rows": ("yes",),
}


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, values in FIELDS_OF_A_REQUEST.items() for value in values],
)
def test_a_malformed_request_names_the_field(name: str, value: object) -> None:
    """The person who wrote it sees which field is wrong."""
    with pytest.raises(InvalidEventError) as refused:
        parse_start_event({"trigger": "manual", "reason": "x"} | {name: value}, NOW)
    assert refused.value.message.startswith(f"{name}: ")


ALARM_FIELDS: dict[tuple[str, ...], tuple[object, ...]] = {
    ("detail",): (None, "text", []),
    ("detail", "state"): (None, "ALARM"),
    ("detail", "previousState"): (None, 1),
    ("detail", "alarmName"): (None, "", 1),
    ("detail", "state", "timestamp"): (None, "", "soon", "2026-11-23T09:02:40", 5),
    ("detail", "state", "value"): (None, 1, {}),
    ("detail", "state", "reason"): (None, 1),
    ("detail", "previousState", "value"): (None, 1),
}


@pytest.mark.parametrize(
    ("path", "value"),
    [(path, value) for path, values in ALARM_FIELDS.items() for value in values],
)
def test_a_malformed_alarm_names_the_field(path: tuple[str, ...], value: object) -> None:
    """The path to the field stands first in the refusal."""
    event = copy.deepcopy(load_event("alarm"))
    inner = event
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    with pytest.raises(InvalidEventError) as refused:
        parse_start_event(event, NOW)
    assert ".".join(path) in refused.value.message.partition(": ")[0]


def test_an_alarm_without_a_reason_says_its_name() -> None:
    """There is always a reason to show."""
    event = copy.deepcopy(load_event("alarm"))
    del event["detail"]["state"]["reason"]
    assert parse_start_event(event, NOW).reason == f"alarm {ALARM}"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*FIELDS_OF_A_REQUEST, "detail-type", "detail", "state", "value"]),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_whatever_comes_is_a_request_or_a_clear_refusal(event: object) -> None:
    """No JSON at all makes the parser fail in any other way."""
    try:
        request = parse_start_event(event, NOW)
    except InvalidEventError as error:
        refusal = error.message
    else:
        refusal = f"decided: {decide(request)}"
    assert re.match(r"[\w.-]+(, [\w.]+)*: ", refusal)


@given(JSON, st.sampled_from(sorted(ALARM_FIELDS)))
def test_whatever_an_alarm_carries_is_read_or_refused(value: object, path: tuple[str, ...]) -> None:
    """Any JSON in any field of an alarm's event is a request or a refusal."""
    event = copy.deepcopy(load_event("alarm"))
    inner = event
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    try:
        request = parse_start_event(event, NOW)
    except InvalidEventError as error:
        refusal = error.message
    else:
        refusal = f"decided: {decide(request)}"
    assert re.match(r"[\w.-]+(, [\w.]+)*: ", refusal)
