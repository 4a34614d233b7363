"""A synthesized template as data: parameters, references, and what a stack is made without."""

import json
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Template", "UnresolvedReferenceError", "parameter_values", "without"]

Template = dict[str, Any]


class UnresolvedReferenceError(Exception):
    """A reference to something that is not there; the message names it."""


def parameter_values(template: Template, given: Mapping[str, str]) -> dict[str, str]:
    """Return each parameter's value, given or default; raise KeyError for one that is unknown."""
    declared = template.get("Parameters", {})
    strange = sorted(set(given) - set(declared))
    if strange:
        raise KeyError(f"the template has no parameter {strange[0]!r}")
    return {
        name: given.get(name, str(parameter.get("Default", "")))
        for name, parameter in declared.items()
    }


def without(
    template: Template, types: Mapping[str, str], identifiers: Mapping[str, str]
) -> Template:
    """Return the template without resources of ``types``; references to them become identifiers.

    Raises UnresolvedReferenceError where something that stays needs an identifier that is missing.
    """
    gone = {name for name, resource in template["Resources"].items() if resource["Type"] in types}
    kept: Template = json.loads(json.dumps(template))
    kept["Resources"] = {
        name: resource for name, resource in kept["Resources"].items() if name not in gone
    }

    def lookup(name: str) -> Any:
        if name not in gone:
            return {"Ref": name}
        if name not in identifiers:
            raise UnresolvedReferenceError(f"{name} is created elsewhere, and nobody told its id")
        return identifiers[name]

    for section in ("Resources", "Outputs"):
        kept[section] = _replaced(kept.get(section, {}), lookup)
    return kept


def _replaced(value: Any, lookup: Callable[[str], Any]) -> Any:
    if isinstance(value, list):
        return [_replaced(one, lookup) for one in value]
    if isinstance(value, dict):
        if set(value) == {"Ref"}:
            return lookup(value["Ref"])
        return {name: _replaced(one, lookup) for name, one in value.items()}
    return value
