"""The walker holds to the machine's own text: each state's timeout, retries and their pauses.

What is expected is read from the text here, without any of the walker's code.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from landbridge.domain.machine.frames import Frame, Outcome
from landbridge.domain.machine.moving import after, begin, due
from landbridge.domain.plan import FAILOVER

TEXT = Path(__file__).parents[2] / "statemachines" / "failover.asl.json"
CONTEXT = {"Execution": {"Id": "x", "Name": "x", "StartTime": "2026-11-28T09:00:00Z"}}
_NEEDS_DATA = ("Parameters", "ResultSelector", "InputPath", "ResultPath", "Next", "Catch")


def tasks(machine: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give each Task of the text, within branches too."""
    for name, state in machine["States"].items():
        if state["Type"] == "Task":
            yield name, state
        for branch in state.get("Branches", []):
            yield from tasks(branch)


TASKS = dict(tasks(json.loads(TEXT.read_text(encoding="utf-8"))))


def alone(name: str) -> dict[str, Any]:
    """Return a machine of that state alone, which ends with it."""
    state = {field: one for field, one in TASKS[name].items() if field not in _NEEDS_DATA}
    return {"StartAt": name, "States": {name: {**state, "End": True}}}


def pauses(retrier: Mapping[str, Any]) -> list[float]:
    """Return the seconds before each retry, by the Amazon States Language's own words."""
    interval = retrier.get("IntervalSeconds", 1)
    rate, most = retrier.get("BackoffRate", 2.0), retrier.get("MaxDelaySeconds", float("inf"))
    return [min(interval * rate**n, most) for n in range(retrier.get("MaxAttempts", 3))]


def test_every_step_is_a_state_of_the_text() -> None:
    """Each step that a takeover knows has its state, and each state a step."""
    named = {state["Resource"] for state in TASKS.values()}
    assert named == {f"${{{step.substitution}}}" for step in FAILOVER}


@pytest.mark.parametrize("name", TASKS)
def test_a_state_is_tried_as_often_as_its_text_says(name: str) -> None:
    """For each error that it retries: so many attempts, so long between them, and no more."""
    machine = alone(name)
    for retrier in TASKS[name]["Retry"]:
        for error in retrier["ErrorEquals"]:
            frame, waited = begin(machine, {}, CONTEXT), []
            while not frame.ended:
                (one,) = due(machine, frame, CONTEXT)
                assert one.attempt == len(waited) + 1
                frame = after(machine, frame, (), Outcome(error=error), CONTEXT)
                waited += [] if frame.ended else [frame.wait_seconds]
            assert waited == pytest.approx(pauses(retrier)), (name, error)
            assert frame.error == error


@pytest.mark.parametrize("name", TASKS)
def test_a_state_has_the_texts_time(name: str) -> None:
    """Its timeout is the text's, whatever attempt it is."""
    machine = alone(name)
    frame = Frame(name, {}, retried=(0,) * len(TASKS[name]["Retry"]))
    (one,) = due(machine, frame, CONTEXT)
    assert one.timeout_seconds == TASKS[name]["TimeoutSeconds"]


@pytest.mark.parametrize("name", TASKS)
def test_an_error_that_the_text_does_not_name_is_not_tried_again(name: str) -> None:
    """A refusal is an answer."""
    machine = alone(name)
    frame = begin(machine, {}, CONTEXT)
    assert after(machine, frame, (), Outcome(error="LockHeldError"), CONTEXT).ended
