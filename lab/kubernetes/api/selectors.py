"""Label selectors (equality and set based) and field selectors, as lists and watches take them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lab.kubernetes.api.errors import Json, bad_request
from lab.kubernetes.api.resources import Resource

Match = Callable[[Json], bool]

_KEY = r"[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?"
_SET = re.compile(rf"(?P<key>{_KEY})\s+(?P<operator>in|notin)\s*\((?P<values>[^()]*)\)")
_EQUALITY = re.compile(rf"(?P<key>{_KEY})\s*(?P<operator>==|=|!=)\s*(?P<value>[-A-Za-z0-9_.]*)")
_EXISTENCE = re.compile(rf"(?P<absent>!\s*)?(?P<key>{_KEY})")
_FIELD = re.compile(r"(?P<key>[A-Za-z0-9.]+)(?P<operator>==|=|!=)(?P<value>.*)")
_COMMA = re.compile(r",(?![^()]*\))")

_OPERATORS = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "absent"}


@dataclass(frozen=True)
class Requirement:
    """One condition on a label; all of a selector's conditions must hold."""

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Tell whether labels fulfil it; `notin` holds where the label is absent."""
        if self.operator == "exists":
            return self.key in labels
        if self.operator == "absent":
            return self.key not in labels
        inside = self.key in labels and labels[self.key] in self.values
        return inside if self.operator == "in" else not inside


def parse_labels(text: str) -> list[Requirement]:
    """Read `a=b,c!=d,e in (f,g),h notin (i),j,!k`; raises ApiError 400 for anything else."""
    parts = [part.strip() for part in _COMMA.split(text)] if text.strip() else []
    return [_requirement(part) for part in parts]


def _requirement(text: str) -> Requirement:
    if found := _SET.fullmatch(text):
        values = frozenset(value.strip() for value in found["values"].split(","))
        return Requirement(found["key"], found["operator"], values)
    if found := _EQUALITY.fullmatch(text):
        operator = "notin" if found["operator"] == "!=" else "in"
        return Requirement(found["key"], operator, frozenset({found["value"]}))
    if found := _EXISTENCE.fullmatch(text):
        return Requirement(found["key"], "absent" if found["absent"] else "exists")
    raise bad_request(f"unable to parse requirement: found '{text}'")


def from_object(selector: Mapping[str, Any] | None) -> list[Requirement]:
    """Read a LabelSelector object (`matchLabels`, `matchExpressions`)."""
    given = selector or {}
    equal = [Requirement(k, "in", frozenset({v})) for k, v in given.get("matchLabels", {}).items()]
    expressed = [
        Requirement(e["key"], _OPERATORS.get(e["operator"], ""), frozenset(e.get("values", [])))
        for e in given.get("matchExpressions", [])
    ]
    return equal + expressed


def matches(requirements: list[Requirement], labels: Mapping[str, str] | None) -> bool:
    """Tell whether labels fulfil every requirement."""
    return all(requirement.holds(labels or {}) for requirement in requirements)


def _field(item: Json, path: str) -> str:
    value: Any = item
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return "" if value is None else str(value)


def parse_fields(resource: Resource, text: str) -> list[tuple[str, bool, str]]:
    """Read `a.b=c,d.e!=f` as (field, must be equal, value).

    Raises ApiError 400 for a field that the resource can't be selected by.
    """
    allowed = ("metadata.name", "metadata.namespace", *resource.fields)
    conditions = []
    for part in filter(None, text.split(",")):
        found = _FIELD.fullmatch(part.strip())
        if found is None:
            raise bad_request(f'invalid selector: "{text}"; can\'t understand "{part}"')
        if found["key"] not in allowed:
            raise bad_request(f'field label not supported: "{found["key"]}"')
        conditions.append((found["key"], found["operator"] != "!=", found["value"]))
    return conditions


def selection(resource: Resource, labels: str, fields: str) -> Match:
    """Give the test that a list's or a watch's selectors make together."""
    by_label = parse_labels(labels)
    by_field = parse_fields(resource, fields)

    def match(item: Json) -> bool:
        return matches(by_label, item["metadata"].get("labels")) and all(
            (_field(item, path) == value) is equal for path, equal, value in by_field
        )

    return match
