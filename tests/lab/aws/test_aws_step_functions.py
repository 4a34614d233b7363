"""Step Functions in the lab: the language's own rules, as the flow relies on them."""

import json
from pathlib import Path
from typing import Any

RETRY = {
    "ErrorEquals": ["RolloutPendingError"],
    "IntervalSeconds": 1,
    "MaxAttempts": 4,
    "BackoffRate": 2.0,
    "MaxDelaySeconds": 2,
    "JitterStrategy": "FULL",
}


def _names(history: list[dict[str, Any]], kind: str) -> list[str]:
    return [event[kind]["name"] for event in history if kind in event]


def test_a_retry_matches_the_exceptions_class(run_flow: Any) -> None:
    """A step that is not done yet is tried again until it is."""
    event = {"do": "fail_times", "times": 2, "id": "retried"}

    ended = run_flow.run({"Wait Rollout": run_flow.task(event, Retry=[RETRY])})

    assert ended["status"] == "SUCCEEDED"
    failed = [one for one in ended["history"] if one["type"] == "TaskFailed"]
    assert [one["taskFailedEventDetails"]["error"] for one in failed] == ["RolloutPendingError"] * 2


def test_a_catch_keeps_the_state_and_the_cause(run_flow: Any) -> None:
    """The error's name and its JSON cause are put beside what the state was given."""
    catch = {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Undo"}
    states = {
        "Open Gate": run_flow.task({"do": "raise"}, Catch=[catch], Next="Done"),
        "Done": {"Type": "Succeed"},
        "Undo": {"Type": "Pass", "End": True},
    }

    output = json.loads(run_flow.run(states, given={"run": "one"})["output"])

    assert output["run"] == "one"
    assert output["error"]["Error"] == "RolloutPendingError"
    assert json.loads(output["error"]["Cause"])["errorMessage"] == "not yet"


def test_a_failed_execution_has_an_error_and_no_output(run_flow: Any) -> None:
    """Who wants to know what it had come to reads its history."""
    ended = run_flow.run({"Open Gate": run_flow.task({"do": "raise"})})

    assert (ended["status"], ended["error"]) == ("FAILED", "RolloutPendingError")
    assert ended.get("output") is None


def test_a_tasks_timeout_is_states_timeout(run_flow: Any) -> None:
    """The state's own limit comes before the function's."""
    task = run_flow.task({"do": "sleep", "seconds": 1.8}, TimeoutSeconds=1)

    assert run_flow.run({"Slow": task})["error"] == "States.Timeout"


def test_a_machines_timeout_ends_the_run(run_flow: Any, tmp_path: Path) -> None:
    """TimeoutSeconds of the whole machine ends it as TIMED_OUT."""
    event = {"do": "wait_for_file", "file": str(tmp_path / "never")}

    ended = run_flow.run({"Stuck": run_flow.task(event)}, TimeoutSeconds=1)

    assert ended["status"] == "TIMED_OUT"


def test_the_steps_of_branches_are_in_the_history(run_flow: Any) -> None:
    """Each state of each branch is entered and exited, with times below a second."""
    branches = [
        {"StartAt": "Scale", "States": {"Scale": run_flow.task({})}},
        {
            "StartAt": "Promote",
            "States": {
                "Promote": run_flow.task({}, Next="Verify"),
                "Verify": {"Type": "Pass", "End": True},
            },
        },
    ]
    parallel = {
        "Type": "Parallel",
        "Branches": branches,
        "ResultSelector": {"scaled.$": "$[0].name", "promoted.$": "$[1].name"},
        "ResultPath": "$.moved",
        "End": True,
    }

    ended = run_flow.run({"Move": parallel}, given={"run": "one"})

    entered = _names(ended["history"], "stateEnteredEventDetails")
    assert sorted(entered) == ["Move", "Promote", "Scale", "Verify"]
    assert sorted(_names(ended["history"], "stateExitedEventDetails")) == sorted(entered)
    assert json.loads(ended["output"]) == {
        "run": "one",
        "moved": {"scaled": "work", "promoted": "work"},
    }
    assert any(event["timestamp"].microsecond for event in ended["history"])
    assert [event["id"] for event in ended["history"]] == list(range(1, len(ended["history"]) + 1))


def test_branches_run_side_by_side(run_flow: Any, tmp_path: Path) -> None:
    """Two invocations of one function are two processes, at the same time."""
    # Each branch's second step waits for what the other's first step makes.
    run_flow.create_function(
        "meet",
        "import os, time\n"
        "def lambda_handler(event, context):\n"
        "    open(event['makes'], 'w').close()\n"
        "    while not os.path.exists(event['awaits']):\n"
        "        time.sleep(0.01)\n"
        "    return os.getpid()\n",
        20,
    )
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    arn = run_flow.function.replace(":work", ":meet")
    branches = [
        {
            "StartAt": name,
            "States": {
                name: {"Type": "Task", "Resource": arn, "End": True, "Parameters": parameters}
            },
        }
        for name, parameters in (
            ("Left", {"makes": one, "awaits": two}),
            ("Right", {"makes": two, "awaits": one}),
        )
    ]

    ended = run_flow.run({"Meet": {"Type": "Parallel", "Branches": branches, "End": True}})

    left, right = json.loads(ended["output"])
    assert left != right


def test_the_first_failure_ends_a_parallel_while_others_still_work(
    run_flow: Any, tmp_path: Path
) -> None:
    """The undo starts before the other branch's function has returned, as in life."""
    release = tmp_path / "release"
    run_flow.create_function("busy", run_flow.work, timeout=60)
    busy = {
        **run_flow.task({"do": "wait_for_file", "file": str(release)}, Next="After"),
        "Resource": run_flow.function.replace(":work", ":busy"),
    }
    branches = [
        {"StartAt": "Busy", "States": {"Busy": busy, "After": {"Type": "Pass", "End": True}}},
        {"StartAt": "Refused", "States": {"Refused": run_flow.task({"do": "raise"})}},
    ]
    catch = {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Undo"}
    states = {
        "Move": {"Type": "Parallel", "Branches": branches, "Catch": [catch], "Next": "Done"},
        "Done": {"Type": "Succeed"},
        "Undo": {"Type": "Pass", "End": True},
    }

    ended = run_flow.run(states)  # returns although nobody releases the busy branch
    release.touch()

    assert ended["status"] == "SUCCEEDED"
    entered = _names(ended["history"], "stateEnteredEventDetails")
    assert entered[-1] == "Undo"
    assert "After" not in entered


def test_the_context_object_is_there(run_flow: Any) -> None:
    """The execution's name and start, the state's own name and intrinsic functions."""
    parameters = {
        "run.$": "$$.Execution.Name",
        "started.$": "$$.Execution.StartTime",
        "state.$": "$$.State.Name",
        "text.$": "States.Format('run {} of {}', $.a, $$.Execution.Input.b)",
    }
    states = {"Seen": {"Type": "Pass", "Parameters": parameters, "End": True}}

    output = json.loads(run_flow.run(states, given={"a": "x", "b": "y"})["output"])

    assert output["run"] == "run"
    assert output["state"] == "Seen"
    assert output["text"] == "run x of y"
    assert output["started"].endswith("Z")


def test_starting_the_same_run_again_is_the_same_run(run_flow: Any, tmp_path: Path) -> None:
    """While it runs, the same name and input give the same execution; another input is refused."""
    release = tmp_path / "release"
    event = {"do": "wait_for_file", "file": str(release)}
    execution = run_flow.start({"Wait": run_flow.task(event)}, given={"incident": 1})
    machine = execution.replace(":execution:", ":stateMachine:").rpartition(":")[0]

    def again(given: dict[str, int]) -> str:
        started = run_flow.states.start_execution(
            stateMachineArn=machine, name="run", input=json.dumps(given)
        )
        return str(started["executionArn"])

    try:
        assert again({"incident": 1}) == execution
        refused = _error_code(lambda: again({"incident": 2}))
    finally:
        release.touch()
    run_flow.ended(execution)

    assert refused == "ExecutionAlreadyExists"
    assert _error_code(lambda: again({"incident": 1})) == "ExecutionAlreadyExists"


def _asking(flow: Any, event: dict[str, Any]) -> dict[str, Any]:
    task = flow.task(event, TimeoutSecondsPath="$.limit")
    payload = {"FunctionName": task["Resource"], "Payload": task["Parameters"]}
    resource = "arn:aws:states:::lambda:invoke.waitForTaskToken"
    return {"Ask": {**task, "Resource": resource, "Parameters": payload}}


def test_a_task_that_waits_for_a_token_waits_as_long_as_its_input_says(run_flow: Any) -> None:
    """TimeoutSecondsPath is the limit of the wait; then the task timed out."""
    ended = run_flow.run(_asking(run_flow, {"do": "answer"}), given={"limit": 1})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Timeout")


def test_a_function_that_fails_fails_the_task_that_would_wait(run_flow: Any) -> None:
    """Nobody waits for a token that was never handed out."""
    ended = run_flow.run(_asking(run_flow, {"do": "raise"}), given={"limit": 600})
    assert (ended["status"], ended["error"]) == ("FAILED", "RolloutPendingError")


def _error_code(call: Any) -> str:
    from botocore.exceptions import ClientError  # noqa: PLC0415 - beside its one use

    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""
