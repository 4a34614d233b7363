"""A machine's text read and checked: what ``moving`` cannot do is refused before a run begins."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from landbridge.domain.errors import ConfigurationError
from landbridge.domain.machine.choosing import COMPARISONS
from landbridge.domain.machine.paths import PATH

__all__ = ["read_machine", "tasks_of"]

_REMEDY = "keep to what landbridge/domain/machine knows, or teach it"
_ALWAYS = frozenset({"Type", "Comment", "Next", "End"})
_CAUGHT = frozenset({"Retry", "Catch", "Parameters", "ResultSelector", "ResultPath", "InputPath"})
_KNOWN: Mapping[str, frozenset[str]] = {
    "Task": _ALWAYS | _CAUGHT | {"Resource", "TimeoutSeconds", "TimeoutSecondsPath"},
    "Parallel": _ALWAYS | _CAUGHT - {"Retry"} | {"Branches"},
    "Pass": _ALWAYS | {"Parameters", "Result", "ResultPath", "InputPath"},
    "Wait": _ALWAYS | {"Seconds"},
    "Choice": _ALWAYS | {"Choices", "Default"},
    "Succeed": _ALWAYS,
    "Fail": _ALWAYS | {"Error", "ErrorPath", "Cause", "CausePath"},
}
_RULE = frozenset({"Variable", "Next", "And", "Or", "Not", "IsPresent", "Comment", *COMPARISONS})


def read_machine(text: str) -> dict[str, Any]:
    """Return the machine in its JSON; raise ConfigurationError, which names state and field."""
    try:
        machine = json.loads(text)
    except ValueError as error:
        raise ConfigurationError(f"the machine is not JSON: {error}", _REMEDY) from None
    _check_states(machine)
    return dict(machine)


def tasks_of(machine: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give each Task's name and state, in the order of the text, those of branches too."""
    for name, state in machine["States"].items():
        if state["Type"] == "Task":
            yield name, state
        for branch in state.get("Branches", []):
            yield from tasks_of(branch)


def _check_states(machine: Mapping[str, Any]) -> None:
    states = machine["States"]
    for name, state in states.items():
        known = _KNOWN.get(state["Type"])
        if known is None:
            raise ConfigurationError(f"{name}: Type {state['Type']!r} is not known", _REMEDY)
        strange = sorted(set(state) - known)
        if strange:
            raise ConfigurationError(f"{name}: {strange[0]} is not known", _REMEDY)
        for where in _nexts(state):
            if where not in states:
                raise ConfigurationError(f"{name}: there is no state {where!r}", _REMEDY)
        for rule in state.get("Choices", []):
            _check_rule(name, rule)
        for path in _paths(state):
            if not PATH.fullmatch(path):
                raise ConfigurationError(f"{name}: the path {path!r} is not known", _REMEDY)
        for branch in state.get("Branches", []):
            _check_states(branch)


def _check_rule(name: str, rule: Mapping[str, Any]) -> None:
    strange = sorted(set(rule) - _RULE)
    if strange:
        raise ConfigurationError(f"{name}: {strange[0]} is not known", _REMEDY)
    inner = [*rule.get("And", []), *rule.get("Or", []), *([rule["Not"]] if "Not" in rule else [])]
    for one in inner:
        _check_rule(name, one)


def _nexts(state: Mapping[str, Any]) -> Iterator[str]:
    for holder in (state, *state.get("Catch", []), *state.get("Choices", [])):
        if "Next" in holder:
            yield holder["Next"]
    if "Default" in state:
        yield state["Default"]


def _paths(value: Any) -> Iterator[str]:
    """Give every path in the state but for those inside its branches."""
    if isinstance(value, Mapping):
        for name, one in value.items():
            if name == "Branches" or one is None:
                continue
            if name.endswith((".$", "Path")) or name == "Variable":
                yield one
            else:
                yield from _paths(one)
    elif isinstance(value, list):
        for one in value:
            yield from _paths(one)
