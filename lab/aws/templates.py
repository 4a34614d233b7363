"""A synthesized template as data: its values, references, and what a stack is made without."""

import json
from collections.abc import Callable, Mapping
from typing import Any

__all__ = [
    "Template",
    "UnknownValueError",
    "UnresolvedReferenceError",
    "configured",
    "without",
]

Template = dict[str, Any]
# Where the stacks' templates have what is configured: stacks.constructs.configured_values, which
# is not imported, for it starts node.
MAPPING, VALUES = "Configured", "Values"


class UnresolvedReferenceError(Exception):
    """A reference to something that is not there; the message names it."""


class UnknownValueError(Exception):
    """A value for a name that the template has not; the message says which it has."""


def configured(template: Template, values: Mapping[str, str | list[str]]) -> Template:
    """Return the template with these in the place of its own configured values.

    Raises UnknownValueError.
    """
    mapped = template.get("Mappings", {}).get(MAPPING, {}).get(VALUES, {})
    strange = sorted(set(values) - set(mapped))
    if strange:
        known = ", ".join(sorted(mapped)) or "none"
        raise UnknownValueError(
            f"no configured value {strange[0]!r} in the template; it has {known}"
        )
    if not values:
        return template
    mappings = {**template["Mappings"], MAPPING: {VALUES: {**mapped, **values}}}
    return {**template, "Mappings": mappings}


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
