"""A Choice state's rules. Source: Amazon States Language, "Choice State"."""

from collections.abc import Callable, Mapping
from typing import Any

from landbridge.domain.machine.paths import MissingPathError, value_at

__all__ = ["COMPARISONS", "next_of_choice"]


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _both_numbers(value: Any, wanted: Any) -> bool:
    return _number(value) and _number(wanted)


# Each: whether the value at the variable's path is as the rule says.
COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "StringEquals": lambda value, wanted: isinstance(value, str) and value == wanted,
    "BooleanEquals": lambda value, wanted: isinstance(value, bool) and value is wanted,
    "NumericEquals": lambda value, wanted: _both_numbers(value, wanted) and value == wanted,
    "NumericGreaterThan": lambda value, wanted: _both_numbers(value, wanted) and value > wanted,
    "NumericGreaterThanEquals": lambda v, wanted: _both_numbers(v, wanted) and v >= wanted,
    "NumericLessThan": lambda value, wanted: _both_numbers(value, wanted) and value < wanted,
    "NumericLessThanEquals": lambda value, wanted: _both_numbers(value, wanted) and value <= wanted,
    "IsNull": lambda value, wanted: (value is None) is wanted,
}


def next_of_choice(state: Mapping[str, Any], data: Any, context: Mapping[str, Any]) -> str | None:
    """Return the next state's name, None where no rule holds and there is no default.

    Raises MissingPathError where a rule compares what is not there.
    """
    for rule in state["Choices"]:
        if _holds(rule, data, context):
            return str(rule["Next"])
    default = state.get("Default")
    return None if default is None else str(default)


def _holds(rule: Mapping[str, Any], data: Any, context: Mapping[str, Any]) -> bool:
    if "And" in rule:
        return all(_holds(one, data, context) for one in rule["And"])
    if "Or" in rule:
        return any(_holds(one, data, context) for one in rule["Or"])
    if "Not" in rule:
        return not _holds(rule["Not"], data, context)
    if "IsPresent" in rule:
        return _present(rule["Variable"], data, context) is rule["IsPresent"]
    value = value_at(rule["Variable"], data, context)
    return all(compare(value, rule[name]) for name, compare in COMPARISONS.items() if name in rule)


def _present(path: str, data: Any, context: Mapping[str, Any]) -> bool:
    try:
        value_at(path, data, context)
    except MissingPathError:
        return False
    return True
