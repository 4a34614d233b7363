"""An execution's history read as steps."""

from datetime import UTC, datetime
from typing import Any

from landbridge.domain.history import StepRecord, read_steps, seconds_of

ARN = "arn:aws:lambda:eu-central-1:123456789012:function:landbridge-OpenGate4F2A"


def event(number: int, kind: str, previous: int = 0, **details: Any) -> dict[str, Any]:
    """Return one event at second ``number``."""
    row: dict[str, Any] = {
        "id": number,
        "previousEventId": previous,
        "timestamp": datetime.fromtimestamp(number, UTC),
        "type": kind,
    }
    return row | ({f"{kind[0].lower()}{kind[1:]}EventDetails": details} if details else {})


def test_a_step_has_its_attempts_its_times_and_its_output() -> None:
    """A failed attempt counts; the last one gives the result."""
    events = [
        event(1, "ExecutionStarted", input="{}"),
        event(2, "TaskStateEntered", 1, name="Open Gate"),
        event(3, "LambdaFunctionScheduled", 2, resource=ARN),
        event(4, "LambdaFunctionStarted", 3),
        event(5, "LambdaFunctionFailed", 4, error="FunctionUnavailableError", cause="503"),
        event(6, "LambdaFunctionScheduled", 5, resource=ARN),
        event(7, "LambdaFunctionSucceeded", 6, output='{"state": "open"}'),
        event(8, "TaskStateExited", 7, name="Open Gate"),
    ]
    done = StepRecord("open_gate", "Open Gate", 2.0, 7.0, "done", 2, '{"state": "open"}', "503")
    assert read_steps(events) == [done]
    failed = StepRecord(
        "open_gate", "Open Gate", 2.0, 5.0, "FunctionUnavailableError", 1, "", "503"
    )
    assert read_steps(events[:5]) == [failed]
    running = StepRecord("open_gate", "Open Gate", 2.0, None, "running", 2, "", "503")
    assert read_steps(events[:6]) == [running]


def test_a_task_that_timed_out_has_that_result() -> None:
    """A state's own timeout carries no error of a function."""
    events = [
        event(1, "TaskStateEntered", name="Wait Dns"),
        event(2, "TaskScheduled", 1, resource="lambda"),
        event(3, "TaskTimedOut", 2, error="States.Timeout"),
    ]
    timed_out = StepRecord("wait_dns", "Wait Dns", 1.0, 3.0, "States.Timeout", 1)
    assert read_steps(events) == [timed_out]


def test_a_failure_without_a_name_is_failed() -> None:
    """Whatever is left out, a failure is not taken for anything else."""
    events = [event(1, "TaskStateEntered", name="Wait Dns"), event(2, "TaskFailed", 1)]
    assert read_steps(events) == [StepRecord("wait_dns", "Wait Dns", 1.0, 2.0, "failed", 0)]


def test_the_fence_that_comes_first_is_the_same_step() -> None:
    """The one step with two states is one step."""
    events = [event(1, "TaskStateEntered", name="Fence Primary First")]
    assert read_steps(events) == [StepRecord("fence_primary", "Fence Primary", 1.0)]


def test_branches_are_told_apart_by_what_came_before() -> None:
    """Events of parallel branches interleave; each belongs to the step it follows."""
    events = [
        event(1, "ParallelStateEntered", name="Move Workload"),
        event(2, "TaskStateEntered", 1, name="Scale Standby"),
        event(3, "TaskStateEntered", 1, name="Check Promotion"),
        event(4, "LambdaFunctionScheduled", 2),
        event(5, "LambdaFunctionScheduled", 3),
        event(6, "LambdaFunctionSucceeded", 5, output="1"),
        event(7, "LambdaFunctionSucceeded", 4, output="2"),
    ]
    assert read_steps(events) == [
        StepRecord("scale_standby", "Scale Standby", 2.0, 7.0, "done", 1, "2"),
        StepRecord("check_promotion", "Check Promotion", 3.0, 6.0, "done", 1, "1"),
    ]


def test_times_are_epoch_seconds_in_either_form() -> None:
    """boto3 has datetimes, JSON has numbers."""
    assert seconds_of(datetime.fromtimestamp(12.5, UTC)) == seconds_of(12.5) == 12.5
