"""The machines' own ASL, read: which state comes next, what a failure leads to, what joins.

The model walks the very bytes that the cloud runs, so a changed Next or Catch is explored as it is.
Only what the two machines use is understood; anything else raises ValueError when it is read.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from landbridge.domain.plan import FAILBACK, FAILOVER

__all__ = ["Facts", "Flow", "Task", "read_flow"]

_FOLDER = Path(__file__).parents[2] / "statemachines"
_STEPS = {f"${{{step.substitution}}}": step.name for step in (*FAILOVER, *FAILBACK)}
_ENDS = frozenset({"Succeed", "Fail"})
_PASSED = frozenset({"Pass", "Wait"})

Facts = Mapping[str, object]
"""What a Choice may ask of a run: JSONPath of the machine's document to value."""


@dataclass(frozen=True)
class Task:
    """One Task state: its step's name, its parameters, and whither a failure goes."""

    state: str
    step: str
    parameters: Mapping[str, Any]
    caught: str


@dataclass(frozen=True)
class Flow:
    """One machine; a state inside a Parallel knows the Parallel and its branch's name in there."""

    start: str
    states: Mapping[str, Mapping[str, Any]]
    branch_of: Mapping[str, tuple[str, str]]
    tasks: Mapping[str, Task]

    def enter(self, state: str | None, facts: Facts) -> tuple[str, ...]:
        """Return the Task states that the machine waits in after entering ``state``.

        None of them where that is the end, of the machine or of a branch.
        """
        while state is not None and state not in self.tasks:
            one = self.states[state]
            if one["Type"] == "Parallel":
                starts = [self.enter(branch["StartAt"], facts) for branch in one["Branches"]]
                places = tuple(place for start in starts for place in start)
                if places:
                    return places
                state = one["Next"]
            elif one["Type"] == "Choice":
                state = _chosen(one, facts)
            else:
                state = one.get("Next")
        return () if state is None else (state,)

    def after(self, state: str, facts: Facts, others: tuple[str, ...]) -> tuple[str, ...]:
        """Return where the machine waits when ``state`` has ended; ``others`` run beside it."""
        return self._joined(state, self.states[state].get("Next"), facts, others)

    def caught(self, state: str, facts: Facts, others: tuple[str, ...]) -> tuple[str, ...]:
        """Return where the machine waits when ``state`` failed for good."""
        return self._joined(state, self.tasks[state].caught, facts, others)

    def _joined(
        self, state: str, following: str | None, facts: Facts, others: tuple[str, ...]
    ) -> tuple[str, ...]:
        places = self.enter(following, facts)
        if state not in self.branch_of or places or others:
            return places
        parallel, _ = self.branch_of[state]
        return self.enter(self.states[parallel]["Next"], facts)


def _chosen(choice: Mapping[str, Any], facts: Facts) -> str:
    for rule in choice["Choices"]:
        if all(_holds(one, facts) for one in rule.get("And", [rule])):
            return str(rule["Next"])
    return str(choice["Default"])


def _holds(rule: Mapping[str, Any], facts: Facts) -> bool:
    value = facts[rule["Variable"]]
    if "IsPresent" in rule:
        return (value is not None) is rule["IsPresent"]
    if "IsNull" in rule:
        return (value is None) is rule["IsNull"]
    wanted = rule["StringEquals"] if "StringEquals" in rule else rule["BooleanEquals"]
    return bool(value == wanted)


@cache
def read_flow(name: str) -> Flow:
    """Return the machine ``failover`` or ``failback``; raise ValueError for what is not known."""
    document = json.loads((_FOLDER / f"{name}.asl.json").read_text(encoding="utf-8"))
    states: dict[str, Mapping[str, Any]] = {}
    branch_of: dict[str, tuple[str, str]] = {}
    _collect(document["States"], None, states, branch_of)
    tasks = {state: _task(state, one) for state, one in states.items() if one["Type"] == "Task"}
    return Flow(document["StartAt"], states, branch_of, tasks)


def _collect(
    found: Mapping[str, Mapping[str, Any]],
    branch: tuple[str, str] | None,
    states: dict[str, Mapping[str, Any]],
    branch_of: dict[str, tuple[str, str]],
) -> None:
    for state, one in found.items():
        kind = one["Type"]
        if state in states or kind not in {"Task", "Choice", "Parallel", *_PASSED, *_ENDS}:
            raise ValueError(f"{state}: the model does not understand this {kind}")
        states[state] = one
        if branch is not None:
            branch_of[state] = branch
        # {"fence.$": "$[0]"} names the first branch "fence".
        names = {path: key[:-2] for key, path in one.get("ResultSelector", {}).items()}
        for number, inner in enumerate(one.get("Branches", [])):
            _collect(inner["States"], (state, names[f"$[{number}]"]), states, branch_of)


def _task(state: str, one: Mapping[str, Any]) -> Task:
    parameters = one.get("Parameters", {})
    resource = one["Resource"]
    # A step that waits for a person is invoked through the service, its function a parameter.
    step = _STEPS[resource if resource in _STEPS else parameters["FunctionName"]]
    (caught,) = [c["Next"] for c in one["Catch"] if c["ErrorEquals"] == ["States.ALL"]]
    return Task(state, step, parameters, caught)
