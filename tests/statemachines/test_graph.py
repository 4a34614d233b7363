"""Both machines as graphs: what linters do not see, such as a state that nobody reaches."""

import importlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from landbridge.domain import errors
from landbridge.domain.plan import (
    FAILBACK,
    FAILOVER,
    GAMEDAY,
    GAMEDAY_STATES,
    STANDALONE,
    WAVES,
    WAVES_STATES,
    WEBHOOK,
    Step,
)
from tests.statemachines.machine import FLOWS, FOLDER, Flow

FUNCTIONS = FOLDER.parent / "functions"
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

EVERY_STEP = (*FAILOVER, *FAILBACK, *GAMEDAY, *STANDALONE, WEBHOOK, *WAVES)

Path_ = tuple[str, ...]


def _graphs(machine: Mapping[str, Any], at: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    yield at, machine
    for name, state in machine["States"].items():
        for number, branch in enumerate(state.get("Branches", [])):
            yield from _graphs(branch, (*at, name, str(number)))
        if "ItemProcessor" in state:
            yield from _graphs(state["ItemProcessor"], (*at, name, "item"))


def _targets(state: Mapping[str, Any]) -> list[str]:
    nexts = [state.get("Next"), state.get("Default")]
    nexts += [choice["Next"] for choice in state.get("Choices", [])]
    nexts += [catch["Next"] for catch in state.get("Catch", [])]
    return [target for target in nexts if target]


# A state that calls a step which another state calls too.
AGAIN = {
    "Fence Primary First": "Fence Primary",
    "Scale Primary Again": "Scale Primary",
    "Undo Admission": "Undo Failback",
    "Give Writes Back": "Undo Failback",
    "Observe Return Again": "Observe Return",
    "Announce End": "Announce Gameday",
    "Start Leg Home": "Start Leg",
    **{f"Watch {phase}": "Watch Gameday" for phase in ("Out", "Soak", "Home")},
}
WAITS_FOR_A_PERSON = "Request Approval"


def _read(flow: Flow) -> Mapping[str, Any]:
    return dict(json.loads(flow.asl.read_text(encoding="utf-8")))


GRAPHS = {(name, *at): graph for name, flow in FLOWS.items() for at, graph in _graphs(_read(flow))}
STATES = {
    (*at, name): state for at, graph in GRAPHS.items() for name, state in graph["States"].items()
}
TASKS = {at: state for at, state in STATES.items() if state["Type"] == "Task"}
STEPS: Mapping[str, Step] = {
    step.title: step for step in FAILOVER + FAILBACK + GAMEDAY_STATES + WAVES_STATES
}
EVERY_GRAPH = pytest.mark.parametrize("at", GRAPHS, ids="/".join)
EVERY_TASK = pytest.mark.parametrize("at", TASKS, ids="/".join)
EVERY_FLOW = pytest.mark.parametrize("flow", FLOWS.values(), ids=lambda flow: flow.name)


def _step_of(at: Path_) -> Step:
    return STEPS[AGAIN.get(at[-1], at[-1])]


def _leaves(root: type[errors.LandbridgeError]) -> set[str]:
    return {kind.__name__ for kind in root.__subclasses__()}


@EVERY_GRAPH
def test_every_target_exists_beside_the_state_that_names_it(at: Path_) -> None:
    """A Next, Default, Choice or Catch leads to a state of the same machine or branch."""
    graph = GRAPHS[at]
    targets = {target for state in graph["States"].values() for target in _targets(state)}
    assert targets | {graph["StartAt"]} <= set(graph["States"])


def _reached(states: Mapping[str, Any], start: str) -> set[str]:
    reached: set[str] = set()
    open_ends = [start]
    while open_ends:
        name = open_ends.pop()
        if name not in reached:
            reached.add(name)
            open_ends += _targets(states[name])
    return reached


@EVERY_GRAPH
def test_every_state_can_be_reached(at: Path_) -> None:
    """From StartAt a path leads to each state."""
    graph = GRAPHS[at]
    assert _reached(graph["States"], graph["StartAt"]) == set(graph["States"])


@EVERY_GRAPH
def test_every_path_can_end(at: Path_) -> None:
    """A state without a way on is an end, and from every state a path leads to one."""
    states = GRAPHS[at]["States"]
    ends = {
        name
        for name, state in states.items()
        if state["Type"] in {"Succeed", "Fail"} or state.get("End") is True
    }
    assert {name for name, state in states.items() if not _targets(state)} == ends
    assert all(_reached(states, name) & ends for name in states)


@EVERY_GRAPH
def test_a_way_back_waits(at: Path_) -> None:
    """A state comes after itself only by way of a Wait or a Map; the failover never goes back."""
    states = GRAPHS[at]["States"]
    waits = {name for name, state in states.items() if state["Type"] in {"Wait", "Map"}}
    item = ("waves", "Run Wave", "item")
    assert not waits or at in {("failback",), ("gameday",), ("waves",), item}

    def walk(name: str, before: Path_) -> None:
        assert name not in before, f"{name} comes after itself: {before}"
        for target in _targets(states[name]):
            if target not in waits:
                walk(target, (*before, name))

    walk(GRAPHS[at]["StartAt"], ())
    for name in waits:
        walk(states[name]["Next"], ())


@EVERY_FLOW
def test_a_machine_ends_some_day(flow: Flow) -> None:
    """The whole machine has a limit, for it may go round."""
    assert 0 < _read(flow)["TimeoutSeconds"] <= 86_400


@pytest.mark.parametrize("at", STATES, ids="/".join)
def test_every_state_says_what_it_is_for(at: Path_) -> None:
    """A state has a Comment, which is a sentence."""
    assert re.fullmatch(r"[A-Z].*\.", STATES[at].get("Comment", ""))


@EVERY_FLOW
def test_names_of_states_are_unique_through_all_branches(flow: Flow) -> None:
    """A name in the history is one state, as Step Functions demands it of the whole machine."""
    names = [at[-1] for at in STATES if at[0] == flow.name]
    assert sorted(names) == sorted(set(names))


@EVERY_TASK
def test_every_task_ends_after_its_function_does(at: Path_) -> None:
    """A task waits a little longer than its Lambda may run: nothing goes on after a timeout."""
    if at[-1] == WAITS_FOR_A_PERSON:
        assert TASKS[at]["TimeoutSecondsPath"] == "$.observed.approval_seconds"
    else:
        assert TASKS[at]["TimeoutSeconds"] == _step_of(at).timeout_seconds + 5


@EVERY_TASK
def test_every_task_is_tried_again_a_bounded_number_of_times(at: Path_) -> None:
    """There is one Retry, with a limit and with jitter, and then a Catch for whatever is left."""
    (retry,) = TASKS[at]["Retry"]
    told = at[-1] in {"Record Run", "Notify Operators"}  # no user waits for these
    assert 1 <= retry["MaxAttempts"] <= (20 if told else 10)
    assert retry["JitterStrategy"] == "FULL"
    assert {"IntervalSeconds", "BackoffRate", "MaxDelaySeconds"} <= set(retry)
    (catch,) = [one for one in TASKS[at]["Catch"] if one["ErrorEquals"] == ["States.ALL"]]
    assert catch["ResultPath"] != "$", "the run's state would be lost"


@EVERY_TASK
def test_a_task_is_tried_again_for_what_may_pass_and_nothing_else(at: Path_) -> None:
    """Every transient error and every death of a worker is retried; no permanent error is."""
    (retry,) = TASKS[at]["Retry"]
    expected = _leaves(errors.TransientError) | LAMBDA_NAMES | RUNTIME_NAMES
    if at[-1] != WAITS_FOR_A_PERSON:  # whose time being over is an answer
        expected.add("States.Timeout")
    assert set(retry["ErrorEquals"]) == expected
    assert not expected & _leaves(errors.PermanentError)


@EVERY_FLOW
def test_every_error_that_is_named_exists(flow: Flow) -> None:
    """A name in the machine is an error of landbridge's tree or a documented one of AWS."""
    text = flow.asl.read_text(encoding="utf-8")
    named = set(re.findall(r'"([A-Z]\w+Error|(?:States|Lambda|Runtime|Sandbox)\.\w+)"', text))
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
    tasks = {at: state for at, state in TASKS.items() if len(at) > 2 and at[0] != "waves"}
    assert {state["Catch"][0]["ResultPath"] for state in tasks.values()} == {"$.failed"}
    for at, state in tasks.items():
        branch = GRAPHS[at[:-1]]
        assert branch["States"][state["Catch"][0]["Next"]]["End"] is True


def test_no_workload_ends_another() -> None:
    """Whatever fails in one workload's part leads to an ending of that part, and to no failure."""
    states = GRAPHS[("waves", "Run Wave", "item")]["States"]
    ways = [one["Next"] for state in states.values() for one in state.get("Catch", ())]
    assert ways
    assert {(states[way]["Type"], states[way].get("End")) for way in ways} == {("Pass", True)}
    assert not [name for name, state in states.items() if state["Type"] == "Fail"]
    ends = [state["Parameters"] for state in states.values() if state.get("End")]
    assert all({"workload.$", "outcome", "outcome.$"} & set(one) for one in ends)


@EVERY_FLOW
def test_the_steps_and_the_states_have_the_same_names(flow: Flow) -> None:
    """Each step of the machine's plan is a state by its title; a few are there twice."""
    tasks = {at[-1]: state for at, state in TASKS.items() if at[0] == flow.name}
    assert set(tasks) - set(AGAIN) == {step.title for step in flow.steps}
    for name, state in tasks.items():
        asked = state["Parameters"].get("FunctionName", state["Resource"])
        assert asked == f"${{{_step_of((name,)).substitution}}}"


@EVERY_FLOW
def test_the_placeholders_are_the_plans(flow: Flow) -> None:
    """What the stack fills in is what the machine has, each in quotes and nothing besides."""
    text = flow.asl.read_text(encoding="utf-8")
    placeholders = re.findall(r'"\$\{(\w+)\}"', text)
    assert set(placeholders) == {step.substitution for step in flow.steps}
    assert text.count("${") == len(placeholders)


@pytest.mark.parametrize(
    ("name", "plan", "undo"),
    [("failover", FAILOVER, "Undo Failover"), ("failback", FAILBACK, "Undo Failback")],
)
def test_the_first_steps_stand_in_the_plans_order(
    name: str, plan: tuple[Step, ...], undo: str
) -> None:
    """Reading the machine from top to bottom gives the plan's order, but for undo at the end."""
    titles = [step.title for step in plan]
    found = [at[-1] for at in STATES if at[0] == name and len(at) == 2 and at[-1] in titles]
    onward = [title for title in found if title != undo]
    assert onward == [title for title in titles if title in onward]
    assert titles[-1] == undo


def test_every_step_has_a_folder_and_every_folder_is_a_step() -> None:
    """functions/ holds one folder per step."""
    folders = {path.parent.name for path in FUNCTIONS.glob("*/handler.py")}
    assert folders == {step.name for step in EVERY_STEP}


@pytest.mark.parametrize("step", EVERY_STEP, ids=lambda step: step.name)
def test_every_handler_is_thin(step: Step) -> None:
    """A handler can be imported without an environment, and is under 60 lines."""
    module = importlib.import_module(f"functions.{step.name}.handler")
    assert callable(module.lambda_handler)
    lines = Path(str(module.__file__)).read_text(encoding="utf-8").splitlines()
    assert len(lines) < 60
