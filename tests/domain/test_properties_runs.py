"""What starts a run, how its history is read and how its end is told, whatever comes in."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.domain.ending import REFUSALS, describe_ending
from landbridge.domain.errors import ConfigurationError, InvalidEventError
from landbridge.domain.foreign import unsound
from landbridge.domain.history import read_steps
from landbridge.domain.plan import FAILBACK, FAILOVER
from landbridge.domain.settings import parse_settings
from landbridge.domain.starting import (
    StartRequest,
    decide_start,
    execution_name,
    parse_request,
    parse_start_event,
)
from tests.domain.strategies import BOUNDED, JSON, TEXTS
from tests.sample_events import load_event
from tests.sample_settings import settings_document

NOW, MAX_AGE, ALARM = 1_795_424_600.0, 300, "landbridge-orders-health"
REQUESTS = st.builds(
    StartRequest,
    trigger=st.sampled_from(["manual", "gameday", "watchdog"]),
    reason=TEXTS,
    incident=TEXTS,
    occurred_at=st.floats(-1e12, 1e12) | st.floats(NOW - 2 * MAX_AGE, NOW + 2 * MAX_AGE),
    planned=st.booleans(),
    accept_data_loss=st.booleans(),
    force=st.booleans(),
    discard_forked_rows=st.booleans(),
)
FIELDS = ["trigger", "reason", "incident", "occurred_at", "planned", "force", "accept_data_loss"]


def decided(request: StartRequest, **changes: Any) -> Any:
    """Decide at NOW."""
    known = {"alarm_name": ALARM, "max_age_seconds": MAX_AGE, "now": NOW}
    return decide_start(request, **{**known, **changes})


@BOUNDED
@given(REQUESTS, st.sampled_from(["failover", "failback"]))
def test_an_executions_name_is_one_that_step_functions_takes(
    request: StartRequest, machine: str
) -> None:
    """At most 80 characters of the allowed ones, whatever the incident is called."""
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,80}", execution_name(request, machine))


@BOUNDED
@given(REQUESTS, TEXTS, st.booleans())
def test_copies_of_an_incident_are_one_run(
    request: StartRequest,
    reason: str,
    planned: bool,  # noqa: FBT001 - drawn
) -> None:
    """The name is the incident's: what else differs between two deliveries does not matter."""
    copy = StartRequest(
        request.trigger, reason, request.incident, request.occurred_at, planned=planned
    )
    assert execution_name(copy) == execution_name(request)
    other = StartRequest(
        request.trigger, reason, f"{request.incident}+", request.occurred_at, planned=planned
    )
    assert execution_name(other) != execution_name(request)


@BOUNDED
@given(REQUESTS)
def test_only_a_fresh_event_starts_a_run(request: StartRequest) -> None:
    """Not one older than its limit, nor one dated further ahead; and never beside another run."""
    fresh = abs(NOW - request.occurred_at) <= MAX_AGE
    assert decided(request).start is fresh
    assert decided(request).reason
    beside = decided(request, running="another")
    assert not beside.start
    own = decided(request, running=execution_name(request))
    assert not own.start
    assert not fresh or "this incident's own run" in own.reason


@BOUNDED
@given(REQUESTS)
def test_what_a_run_is_started_with_it_understands(request: StartRequest) -> None:
    """The execution's input is the request again, flags and all, or was refused for its words."""
    decision = decided(request, now=request.occurred_at)
    body = json.loads(json.dumps(decision.request))
    texts = (request.reason, request.incident)
    if all(text.strip() and not unsound(text) for text in texts):
        assert parse_request(body, NOW + 99) == request
    else:
        with pytest.raises(InvalidEventError, match=r"^(reason|incident): "):
            parse_request(body, NOW)


@BOUNDED
@given(st.dictionaries(st.sampled_from(FIELDS), JSON) | JSON)
def test_an_event_is_a_request_or_names_its_field(event: object) -> None:
    """Any JSON: a request whose fields are of their types, or the field that is not."""
    try:
        request = parse_start_event(event, NOW)
    except InvalidEventError as error:
        assert re.match(r"(event|detail[.\w]*|\w+): |detail\.state, ", error.message)  # noqa: PT017
    else:
        assert request.reason.strip()
        assert abs(request.occurred_at) <= 1e12
        assert all(type(getattr(request, name)) is bool for name in FIELDS[4:])


@BOUNDED
@given(
    st.sampled_from(["ALARM", "OK", "INSUFFICIENT_DATA", ""]),
    st.sampled_from(["ALARM", "OK", "INSUFFICIENT_DATA", ""]),
    st.sampled_from([ALARM, "another"]),
    st.integers(-2 * MAX_AGE, 2 * MAX_AGE),
    st.integers(-12, 12),
)
def test_an_alarm_starts_a_run_only_from_ok_to_alarm(
    state: str, previous: str, name: str, age: int, offset_hours: int
) -> None:
    """This workload's alarm, fresh, in whatever time zone it is written."""
    event = load_event("alarm")
    moment = datetime.fromtimestamp(NOW - age, UTC) + timedelta(hours=offset_hours)
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%S.000") + f"{offset_hours:+03d}00"
    event["detail"]["alarmName"] = name
    event["detail"]["state"] |= {"value": state, "timestamp": stamp}
    event["detail"]["previousState"]["value"] = previous
    decision = decided(parse_start_event(event, NOW))
    wanted = (state, previous, name) == ("ALARM", "OK", ALARM) and abs(age) <= MAX_AGE
    assert decision.start is wanted


STEPS = {step.name: step for step in FAILOVER + FAILBACK}
HAPPENED = st.lists(
    st.tuples(st.sampled_from(sorted(STEPS)), st.sampled_from(["done", "failed", "running"])),
    max_size=12,
)


def events_of(happened: list[tuple[str, str]], by: str) -> list[dict[str, Any]]:
    """Return a history in which that happened; a step is known by its state or by its function."""
    events: list[dict[str, Any]] = []

    def add(kind: str, previous: int, **details: Any) -> int:
        number = len(events) + 1
        row = {"id": number, "previousEventId": previous, "timestamp": number, "type": kind}
        events.append({**row, "details": details})
        return number

    for name, result in happened:
        resource = f"arn:aws:lambda:eu-west-1:1:function:{STEPS[name].function_name('orders')}"
        last = 0
        if by == "state":
            last = add("TaskStateEntered", last, name=STEPS[name].title)
        last = add("TaskScheduled", last, **({} if by == "state" else {"resource": resource}))
        if result == "done":
            add("TaskSucceeded", last, output="{}")
        elif result == "failed":
            add("TaskFailed", last, error="SmokeCheckError", cause="no")
    return events


@BOUNDED
@given(HAPPENED, st.sampled_from(["state", "function"]))
def test_a_history_gives_each_step_its_attempts_and_its_last_result(
    happened: list[tuple[str, str]], by: str
) -> None:
    """In the order in which they began; an attempt is one call, however a step is known."""
    steps = read_steps(events_of(happened, by))
    assert [step.name for step in steps] == list(dict.fromkeys(name for name, _ in happened))
    words = {"done": "done", "failed": "SmokeCheckError", "running": "running"}
    for step in steps:
        results = [result for name, result in happened if name == step.name]
        assert (step.attempts, step.result) == (len(results), words[results[-1]])
        assert (step.ended_at is None) is (results[-1] == "running")
        assert step.ended_at is None or step.ended_at >= step.started_at


@BOUNDED
@given(HAPPENED, st.integers(0, 60))
def test_a_history_that_is_cut_anywhere_can_be_read(
    happened: list[tuple[str, str]], upto: int
) -> None:
    """A run is looked at while it goes on: what was read earlier is the beginning of what is."""
    events = events_of(happened, "state")
    names = [step.name for step in read_steps(events)]
    assert names[: len(read_steps(events[:upto]))] == [s.name for s in read_steps(events[:upto])]


CAUGHT = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "Error": st.sampled_from([*sorted(REFUSALS), "States.Timeout", "AccessDeniedError"]),
        "Cause": TEXTS
        | st.builds(
            lambda name, said: json.dumps({"errorType": name, "errorMessage": said}),
            st.sampled_from(sorted(REFUSALS)),
            TEXTS,
        )
        | JSON.map(json.dumps),
    },
)


@BOUNDED
@given(
    st.sampled_from(["recovered", "undone", "stopped"]),
    st.sampled_from(["failover", "failback"]),
    CAUGHT,
    CAUGHT,
    st.booleans(),
)
def test_every_end_has_an_outcome_and_the_way_on(
    mark: str,
    machine: str,
    error: Mapping[str, str] | None,
    undo_error: Mapping[str, str] | None,
    undone: bool,  # noqa: FBT001 - drawn
) -> None:
    """Whatever the causes say: one outcome, a subject that SNS takes, and what to do next."""
    state: dict[str, Any] = {"ending": {"mark": mark, "machine": machine}, "error": error}
    state |= {"undo_error": undo_error} | ({"undone": {"notes": ["a note"]}} if undone else {})
    ending = describe_ending("run-1", state)
    assert ending.outcome in {"recovered", "refused", "failed"}
    assert (ending.outcome == "recovered") is (mark == "recovered")
    assert ending.subject == f"landbridge: {machine} {ending.outcome}"
    assert ending.message.startswith(f"{ending.subject} (run run-1)\n")
    if ending.outcome == "refused":
        assert mark == "undone"
        assert ending.reason.partition(":")[0] in REFUSALS
    if mark == "stopped":
        command = "landbridge failover --resume" if machine == "failover" else "landbridge failback"
        assert ending.message.rstrip().endswith(command)
    if mark == "undone":
        says = "is the active site again" if undone else "This run changed nothing."
        assert says in ending.message


PLACES = st.sampled_from(
    [(), ("names",), ("budgets",), ("aws_database",), ("eks",), ("deployment",), ("function_app",)]
)


@BOUNDED
@given(PLACES, st.integers(0, 20), JSON, st.booleans())
def test_settings_are_whole_or_name_what_is_wrong(
    place: tuple[str, ...],
    number: int,
    value: Any,
    strange: bool,  # noqa: FBT001 - drawn
) -> None:
    """Anything anywhere in the document: the settings, or an error that names the place."""
    document = settings_document()
    inner = document
    for name in place:
        inner = inner[name]
    key = "strange" if strange else sorted(inner)[number % len(inner)]
    inner[key] = value
    try:
        settings = parse_settings(document)
    except ConfigurationError as error:
        path = ".".join(["settings", *place, key])
        assert error.message.startswith(path)  # noqa: PT017 - or they are settings
    else:
        assert not strange
        assert settings.workload is not None
