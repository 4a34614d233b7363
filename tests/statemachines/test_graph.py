"""The failover machine as a graph: what linters do not see, such as a state that nobody reaches."""

import importlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from landbridge.domain import errors
from landbridge.domain.plan import FAILOVER, STANDALONE
from tests.statemachines.machine import ASL

MACHINE: Mapping[str, Any] = json.loads(ASL.read_text(encoding="utf-8"))
FUNCTIONS = ASL.parents[1] / "functions"
# AWS Step Functions Developer Guide, "Error names" and "Handle Lambda service exceptions".
STEP_FUNCTIONS_NAMES = {"States.ALL", "States.Timeout"}
# AWS Lambda API Reference, "Invoke": errors, which Step Functions reports with "Lambda." before;
# Lambda.Unknown stands for what ended a function without an error of its own.
LAMBDA_NAMES = {
    f"Lambda.{name}"
    for name in (
        "AWSLambdaException",
        "ClientExecutionTimeoutException",
        "ENINotReadyException",
        "ResourceNotReadyException",
        "SdkClientException",
        "ServiceException",
        "TooManyRequestsException",
        "Unknown",
    )
}
# What the Lambda runtime reports in a function's place: a worker that died, or took too long.
RUNTIME_NAMES = {"Runtime.ExitError", "Runtime.Unknown", "Sandbox.Timedout"}

Path_ = tuple[str, ...]


def _graphs(machine: Mapping[str, Any], at: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    yield at, machine
    for name, state in machine["States"].items():
        for number, branch in enumerate(state.get("Branches", [])):
            yield from _graphs(branch, (*at, name, str(number)))


def _targets(state: Mapping[str, Any]) -> list[str]:
    nexts = [state.get("Next"), state.get("Default")]
    nexts += [choice["Next"] for choice in state.get("Choices", [])]
    nexts += [catch["Next"] for catch in state.get("Catch", [])]
    return [target for target in nexts if target]


GRAPHS = dict(_graphs(MACHINE))
STATES = {
    (*at, name): state for at, graph in GRAPHS.items() for name, state in graph["States"].items()
}
TASKS = {at[-1]: state for at, state in STATES.items() if state["Type"] == "Task"}
EVERY_GRAPH = pytest.mark.parametrize("graph", GRAPHS.values(), ids=lambda graph: graph["StartAt"])
EVERY_TASK = pytest.mark.parametrize("name", sorted(TASKS))


def _leaves(root: type[errors.LandbridgeError]) -> set[str]:
    return {kind.__name__ for kind in root.__subclasses__()}


@EVERY_GRAPH
def test_every_target_exists_beside_the_state_that_names_it(graph: Mapping[str, Any]) -> None:
    """A Next, Default, Choice or Catch leads to a state of the same machine or branch."""
    targets = {target for state in graph["States"].values() for target in _targets(state)}
    assert targets | {graph["StartAt"]} <= set(graph["States"])


@EVERY_GRAPH
def test_every_state_can_be_reached(graph: Mapping[str, Any]) -> None:
    """From StartAt a path leads to each state."""
    reached, open_ends = set(), [graph["StartAt"]]
    while open_ends:
        name = open_ends.pop()
        if name not in reached:
            reached.add(name)
            open_ends += _targets(graph["States"][name])
    assert reached == set(graph["States"])


@EVERY_GRAPH
def test_every_path_ends(graph: Mapping[str, Any]) -> None:
    """No state leads back to one before it, and one without a way on is an end."""
    states = graph["States"]

    def walk(name: str, before: Path_) -> None:
        assert name not in before, f"{name} comes after itself: {before}"
        onward = _targets(states[name])
        is_end = states[name]["Type"] in {"Succeed", "Fail"} or states[name].get("End") is True
        assert onward or is_end, name
        for target in onward:
            walk(target, (*before, name))

    walk(graph["StartAt"], ())


@pytest.mark.parametrize("at", STATES, ids=lambda at: at[-1])
def test_every_state_says_what_it_is_for(at: Path_) -> None:
    """A state has a Comment, which is a sentence."""
    assert re.fullmatch(r"[A-Z].*\.", STATES[at].get("Comment", ""))


def test_names_of_states_are_unique_through_all_branches() -> None:
    """A name in the history is one state, as Step Functions demands it of the whole machine."""
    names = [at[-1] for at in STATES]
    assert sorted(names) == sorted(set(names))


@EVERY_TASK
def test_every_task_ends_after_its_function_does(name: str) -> None:
    """A task waits a little longer than its Lambda may run: nothing goes on after a timeout."""
    limits = {step.title: step.timeout_seconds for step in FAILOVER}
    assert TASKS[name]["TimeoutSeconds"] == limits[name.removesuffix(" First")] + 5


@EVERY_TASK
def test_every_task_is_tried_again_a_bounded_number_of_times(name: str) -> None:
    """There is one Retry, with a limit and with jitter, and then a Catch for whatever is left."""
    (retry,) = TASKS[name]["Retry"]
    assert 1 <= retry["MaxAttempts"] <= 10
    assert retry["JitterStrategy"] == "FULL"
    assert {"IntervalSeconds", "BackoffRate", "MaxDelaySeconds"} <= set(retry)
    (catch,) = TASKS[name]["Catch"]
    assert catch["ErrorEquals"] == ["States.ALL"]
    assert catch["ResultPath"] != "$", "the run's state would be lost"


@EVERY_TASK
def test_a_task_is_tried_again_for_what_may_pass_and_nothing_else(name: str) -> None:
    """Every transient error and every death of a worker is retried; no permanent error is."""
    (retry,) = TASKS[name]["Retry"]
    expected = _leaves(errors.TransientError) | LAMBDA_NAMES | RUNTIME_NAMES | {"States.Timeout"}
    assert set(retry["ErrorEquals"]) == expected
    assert not expected & _leaves(errors.PermanentError)


def test_every_error_that_is_named_exists() -> None:
    """A name in the machine is an error of landbridge's tree or a documented one of AWS."""
    named = set(
        re.findall(r'"([A-Z]\w+Error|(?:States|Lambda|Runtime|Sandbox)\.\w+)"', ASL.read_text())
    )
    foreign = {name for name in named if errors.error_named(name) is None}
    assert foreign <= STEP_FUNCTIONS_NAMES | LAMBDA_NAMES | RUNTIME_NAMES


def test_the_leaves_of_the_error_tree_are_all_that_can_be_raised() -> None:
    """The tree has two levels, so that naming the leaves names every error."""
    roots = (errors.TransientError, errors.PermanentError)
    leaves = {leaf for root in roots for leaf in root.__subclasses__()}
    assert {error for error in map(errors.error_named, errors.__all__) if error} == {
        errors.LandbridgeError,
        *roots,
        *leaves,
    }
    assert not any(leaf.__subclasses__() for leaf in leaves)


def test_every_choice_has_a_default() -> None:
    """No input leaves a Choice without a way on."""
    choices = [state for state in STATES.values() if state["Type"] == "Choice"]
    assert choices
    assert all(state.get("Default") for state in choices)


def test_nothing_is_undone_while_a_branch_is_still_on_its_way() -> None:
    """Each task in a branch catches for itself, so the branches end before anything is undone."""
    tasks = {at: state for at, state in STATES.items() if len(at) > 1 and state["Type"] == "Task"}
    assert {state["Catch"][0]["ResultPath"] for state in tasks.values()} == {"$.failed"}
    for at, state in tasks.items():
        branch = GRAPHS[at[:-1]]
        assert branch["States"][state["Catch"][0]["Next"]]["End"] is True


def test_the_steps_and_the_states_have_the_same_names() -> None:
    """Each step of the plan is a state by its title; the fence alone is there twice."""
    titles = {step.title for step in FAILOVER}
    assert set(TASKS) == titles | {"Fence Primary First"}
    by_title = {step.title: step.substitution for step in FAILOVER}
    for name, state in TASKS.items():
        assert state["Resource"] == f"${{{by_title[name.removesuffix(' First')]}}}"


def test_the_placeholders_are_the_plans() -> None:
    """What the stack fills in is what the machine has, each in quotes and nothing besides."""
    placeholders = re.findall(r'"\$\{(\w+)\}"', ASL.read_text(encoding="utf-8"))
    assert set(placeholders) == {step.substitution for step in FAILOVER}
    assert ASL.read_text(encoding="utf-8").count("${") == len(placeholders)


def test_the_first_steps_stand_in_the_plans_order() -> None:
    """Reading the machine from top to bottom gives the plan's order, but for undo at the end."""
    order = {step.title: number for number, step in enumerate(FAILOVER)}
    numbers = [order[at[-1]] for at, state in STATES.items() if at[-1] in order]
    undo = order["Undo Failover"]
    top = [n for n in numbers if n != undo]
    assert sorted(top) == list(range(undo))


def test_every_step_has_a_folder_and_every_folder_is_a_step() -> None:
    """functions/ holds one folder per step."""
    folders = {path.parent.name for path in FUNCTIONS.glob("*/handler.py")}
    assert folders == {step.name for step in FAILOVER + STANDALONE}


@pytest.mark.parametrize("step", FAILOVER + STANDALONE, ids=lambda step: step.name)
def test_every_handler_is_thin(step: Any) -> None:
    """A handler can be imported without an environment, and is under 60 lines."""
    module = importlib.import_module(f"functions.{step.name}.handler")
    assert callable(module.lambda_handler)
    lines = Path(str(module.__file__)).read_text(encoding="utf-8").splitlines()
    assert len(lines) < 60
