"""Each rule of the Amazon States Language that the machines use, one small machine each."""

import json
from typing import Any

import pytest

from landbridge.domain.machine.frames import Frame, Outcome, parse_frame
from landbridge.domain.machine.moving import after, begin, due

CONTEXT = {"Execution": {"Id": "takeover:run-1", "Name": "run-1", "StartTime": "2026-11-28T03:00Z"}}


def task(**fields: Any) -> dict[str, Any]:
    """Return a Task state that ends the machine unless the fields say otherwise."""
    ending = {} if "Next" in fields else {"End": True}
    return {"Type": "Task", "Resource": "step", **ending, **fields}


def machine(**states: Any) -> dict[str, Any]:
    """Return a machine that begins with the first of the states."""
    return {"StartAt": next(iter(states)), "States": states}


def walk(text: dict[str, Any], data: Any, *outcomes: Outcome) -> Frame:
    """Begin, and hand the outcomes to what is due, one after the other."""
    frame = begin(text, data, CONTEXT)
    for outcome in outcomes:
        one = due(text, frame, CONTEXT)[0]
        frame = after(text, frame, one.path, outcome, CONTEXT)
    return frame


def test_a_task_is_called_with_its_parameters() -> None:
    """Paths read the input and the context object; the rest is as it stands."""
    text = machine(
        Act=task(
            Parameters={
                "run.$": "$$.Execution.Name",
                "again.$": "$$.State.RetryCount",
                "lsn.$": "$.fence.lsn",
                "first.$": "$.list[0]",
                "site": "azure",
            },
            TimeoutSeconds=25,
        )
    )
    (one,) = due(text, begin(text, {"fence": {"lsn": 7}, "list": [3]}, CONTEXT), CONTEXT)
    assert one.payload == {"run": "run-1", "again": 0, "lsn": 7, "first": 3, "site": "azure"}
    assert (one.resource, one.timeout_seconds, one.attempt) == ("step", 25, 1)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ({}, {"n": 1}),
        ({"ResultPath": "$"}, {"n": 1}),
        ({"ResultPath": "$.a.b"}, {"kept": True, "a": {"b": {"n": 1}}}),
        ({"ResultPath": None}, {"kept": True}),
        ({"ResultSelector": {"m.$": "$.n"}, "ResultPath": "$.a"}, {"kept": True, "a": {"m": 1}}),
    ],
    ids=["left-out", "whole", "deep", "dropped", "selected"],
)
def test_a_result_goes_where_its_path_says(path: dict[str, Any], expected: Any) -> None:
    """The whole, a place inside the input, or nowhere."""
    frame = walk(machine(Act=task(**path)), {"kept": True}, Outcome(result={"n": 1}))
    assert (frame.ended, frame.data) == ("succeeded", expected)


RETRIED = machine(
    Act=task(
        Retry=[
            {
                "ErrorEquals": ["BusyError"],
                "IntervalSeconds": 1,
                "MaxAttempts": 3,
                "BackoffRate": 2,
                "MaxDelaySeconds": 3,
            },
            {"ErrorEquals": ["SlowError"], "IntervalSeconds": 5, "MaxAttempts": 1},
        ]
    )
)


def test_retries_wait_longer_each_time_up_to_their_limit() -> None:
    """1, 2, then 3 instead of 4 seconds; attempts are counted for the step to see."""
    busy = Outcome(error="BusyError", cause="{}")
    seen = []
    for times in (1, 2, 3):
        frame = walk(RETRIED, {}, *[busy] * times)
        (one,) = due(RETRIED, frame, CONTEXT)
        seen.append((one.wait_seconds, one.attempt))
    assert seen == [(1, 2), (2, 3), (3, 4)]


def test_each_retrier_has_its_own_budget() -> None:
    """What one error used up is not taken from another's."""
    busy, slow = Outcome(error="BusyError"), Outcome(error="SlowError")
    frame = walk(RETRIED, {}, busy, busy, slow)
    assert due(RETRIED, frame, CONTEXT)[0].wait_seconds == 5
    assert walk(RETRIED, {}, busy, busy, slow, busy).ended == ""
    assert walk(RETRIED, {}, busy, slow, slow).error == "SlowError"


def test_an_error_without_a_catcher_ends_the_machine_with_its_name() -> None:
    """Four attempts of three retries, then the error and its cause."""
    frame = walk(RETRIED, {}, *[Outcome(error="BusyError", cause="full")] * 4)
    assert (frame.ended, frame.error, frame.cause) == ("failed", "BusyError", "full")


def test_a_caught_error_goes_on_in_the_catchers_state() -> None:
    """The error and its cause are put where the catcher says, the rest of the data stays."""
    text = machine(
        Act=task(
            Catch=[
                {"ErrorEquals": ["OtherError"], "Next": "Never"},
                {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Undo"},
            ]
        ),
        Undo=task(),
        Never={"Type": "Fail"},
    )
    frame = walk(text, {"run": "r"}, Outcome(error="BadError", cause="why"))
    assert frame.state == "Undo"
    assert frame.data == {"run": "r", "error": {"Error": "BadError", "Cause": "why"}}


def test_states_all_does_not_catch_a_broken_machine() -> None:
    """Amazon States Language: States.Runtime is caught by nobody."""
    text = machine(Act=task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Act"}]))
    assert walk(text, {}, Outcome(error="States.Runtime")).ended == "failed"


def test_a_path_to_nothing_ends_the_machine() -> None:
    """A step is not called with a guess."""
    frame = begin(machine(Act=task(Parameters={"lsn.$": "$.fence.lsn"})), {}, CONTEXT)
    assert (frame.ended, frame.error) == ("failed", "States.Runtime")
    assert "$.fence.lsn" in frame.cause


PARALLEL = machine(
    Both={
        "Type": "Parallel",
        "Branches": [machine(Left=task()), machine(Right=task(Next="More"), More=task())],
        "ResultSelector": {"left.$": "$[0]", "right.$": "$[1]"},
        "ResultPath": "$.both",
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Undo"}],
        "Next": "Done",
    },
    Done={"Type": "Succeed"},
    Undo=task(),
)


def test_branches_are_due_together_and_join_in_their_order() -> None:
    """The last one to end goes on with the results of all."""
    frame = begin(PARALLEL, {"run": "r"}, CONTEXT)
    assert [(one.path, one.state) for one in due(PARALLEL, frame, CONTEXT)] == [
        ((0,), "Left"),
        ((1,), "Right"),
    ]
    for path, result in [((1,), "r1"), ((0,), "l"), ((1,), "r2")]:
        frame = after(PARALLEL, frame, path, Outcome(result=result), CONTEXT)
    assert frame.data == {"run": "r", "both": {"left": "l", "right": "r2"}}
    assert frame.ended == "succeeded"


def test_the_first_branch_that_fails_ends_the_others() -> None:
    """Nothing of them is due any more, and the error is the whole state's."""
    frame = walk(PARALLEL, {"run": "r"}, Outcome(error="BadError", cause="why"))
    assert [one.state for one in due(PARALLEL, frame, CONTEXT)] == ["Undo"]


def test_a_wait_is_due_without_a_call() -> None:
    """The caller waits; the data go through."""
    text = machine(Pause={"Type": "Wait", "Seconds": 2, "Next": "Act"}, Act=task())
    frame = begin(text, {"n": 1}, CONTEXT)
    (one,) = due(text, frame, CONTEXT)
    assert (one.resource, one.wait_seconds) == ("", 2)
    assert after(text, frame, (), Outcome(), CONTEXT) == Frame("Act", {"n": 1})


def test_a_fail_state_tells_what_the_data_say() -> None:
    """ErrorPath and CausePath read the error that a catcher put there."""
    text = machine(End={"Type": "Fail", "ErrorPath": "$.error.Error", "CausePath": "$.error.Cause"})
    frame = begin(text, {"error": {"Error": "LockHeldError", "Cause": "run-2"}}, CONTEXT)
    assert (frame.ended, frame.error, frame.cause) == ("failed", "LockHeldError", "run-2")


def choice(*rules: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a machine that chooses between the states Yes and No."""
    choosing = {"Type": "Choice", "Choices": [{**rule, "Next": "Yes"} for rule in rules], **fields}
    return machine(Choose=choosing, Yes={"Type": "Succeed"}, No={"Type": "Succeed"})


@pytest.mark.parametrize(
    ("rule", "chosen"),
    [
        ({"Variable": "$.text", "StringEquals": "a"}, "Yes"),
        ({"Variable": "$.number", "StringEquals": "a"}, "No"),
        ({"Variable": "$.flag", "BooleanEquals": True}, "Yes"),
        ({"Variable": "$.number", "BooleanEquals": True}, "No"),
        ({"Variable": "$.number", "NumericEquals": 1}, "Yes"),
        ({"Variable": "$.flag", "NumericEquals": 1}, "No"),
        ({"Variable": "$.number", "NumericLessThanEquals": 1}, "Yes"),
        ({"Variable": "$.number", "NumericGreaterThan": 1}, "No"),
        ({"Variable": "$.nothing", "IsNull": True}, "Yes"),
        ({"Variable": "$.text", "IsNull": False}, "Yes"),
        ({"Variable": "$.absent", "IsPresent": False}, "Yes"),
        ({"Variable": "$.nothing", "IsPresent": True}, "Yes"),
        ({"Not": {"Variable": "$.flag", "BooleanEquals": True}}, "No"),
        (
            {
                "And": [
                    {"Variable": "$.flag", "BooleanEquals": True},
                    {"Variable": "$.text", "StringEquals": "b"},
                ]
            },
            "No",
        ),
        (
            {
                "Or": [
                    {"Variable": "$.flag", "BooleanEquals": False},
                    {"Variable": "$.text", "StringEquals": "a"},
                ]
            },
            "Yes",
        ),
    ],
)
def test_a_choice_compares_by_kind_and_value(rule: dict[str, Any], chosen: str) -> None:
    """A text is no number, and a flag is no 1."""
    data = {"text": "a", "number": 1, "flag": True, "nothing": None}
    assert begin(choice(rule, Default="No"), data, CONTEXT).state == chosen


def test_no_rule_and_no_default_ends_the_machine() -> None:
    """States.NoChoiceMatched."""
    frame = begin(choice({"Variable": "$.a", "StringEquals": "x"}), {"a": "y"}, CONTEXT)
    assert (frame.ended, frame.error) == ("failed", "States.NoChoiceMatched")


def test_comparing_what_is_not_there_ends_the_machine() -> None:
    """Absent is not "no"."""
    frame = begin(choice({"Variable": "$.a", "StringEquals": "x"}, Default="No"), {}, CONTEXT)
    assert (frame.ended, frame.error) == ("failed", "States.Runtime")


def test_a_frame_is_the_same_after_it_was_written_down() -> None:
    """Branches, retries and all: what a killed pod left is what the next one finds."""
    frame = begin(PARALLEL, {"run": "r"}, CONTEXT)
    frame = after(PARALLEL, frame, (1,), Outcome(result={"n": [1]}), CONTEXT)
    assert parse_frame(json.loads(json.dumps(frame.document()))) == frame
