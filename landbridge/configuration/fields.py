"""Every field of the configuration, told from its schema: unit, default, limits, what and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from landbridge.configuration.schema import configuration_schema, workloads_schema

__all__ = [
    "REQUIRED",
    "Field",
    "configuration_fields",
    "field_named",
    "value_at",
    "workloads_fields",
]

# The default of a field that has none.
REQUIRED = object()

_BY_NAME = {
    "seconds": "s",
    "days": "days",
    "hours": "hours",
    "bytes": "bytes",
    "gb": "GB",
}
_PARTS, _LIST = "section", "list"
Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Field:
    """One field.

    ``path`` is dotted, with ``[]`` after a list of parts. ``default`` is a JSON value, or REQUIRED.
    ``limits`` are words, ``pattern`` a regular expression; both are
    empty where any value of the kind does. ``what`` is the first sentence of
    its description and ``why`` the rest. ``is_section``: it has fields of its own.
    """

    path: str
    unit: str
    default: Any
    limits: str
    pattern: str
    what: str
    why: str
    is_section: bool

    @property
    def description(self) -> str:
        """Both, as prose."""
        return f"{self.what} {self.why}".strip()


@cache
def configuration_fields() -> tuple[Field, ...]:
    """Return all fields, each section before its parts, in the order of the models."""
    parts = configuration_schema()["$defs"]
    return tuple(_fields(parts["Configuration"], parts, ""))


@cache
def workloads_fields() -> tuple[Field, ...]:
    """Return the fields of a list of workloads, beside those that each workload has."""
    parts = workloads_schema()["$defs"]
    return tuple(_fields(parts["WorkloadsConfiguration"], parts, ""))


def field_named(path: str) -> Field | None:
    """Return the field of that path; list indices stand for any, None where there is none."""
    asked = [part for part in path.replace("[", ".").replace("]", "").split(".") if part]
    wanted = [part for part in asked if not part.isdigit()]
    return next(
        (
            one
            for one in (*configuration_fields(), *workloads_fields())
            if one.path.replace("[]", "").split(".") == wanted
        ),
        None,
    )


def value_at(document: object, path: str) -> tuple[Any, ...]:
    """Return what a configuration's JSON says at the path: none, one, or one for each list item."""
    values = [document]
    for part in path.split("."):
        name = part.removesuffix("[]")
        found = [one[name] for one in values if isinstance(one, Mapping) and name in one]
        if part != name:
            found = [item for one in found if isinstance(one, list) for item in one]
        values = found
    return tuple(values)


def _fields(model: Schema, parts: Schema, prefix: str) -> Iterator[Field]:
    for name, schema in model["properties"].items():
        inner, in_list = _inner(schema, parts)
        path = f"{prefix}{name}"
        what, _, why = schema.get("description", "").partition(". ")
        yield Field(
            path=path,
            unit=_unit(name, schema, inner),
            default=schema.get("default", REQUIRED),
            limits=_limits(schema),
            pattern=_pattern(schema),
            what=what if what.endswith(".") else f"{what}." if what else "",
            why=why,
            is_section=inner is not None,
        )
        if inner is not None:
            yield from _fields(inner, parts, f"{path}[]." if in_list else f"{path}.")


def _inner(schema: Schema, parts: Schema) -> tuple[Schema | None, bool]:
    """Return the model that a field has, and whether it has a list of them."""
    for one in (schema, *schema.get("anyOf", ())):
        if "$ref" in one:
            return parts[one["$ref"].rpartition("/")[2]], False
        if "$ref" in one.get("items", {}):
            return parts[one["items"]["$ref"].rpartition("/")[2]], True
    return None, False


def _unit(name: str, schema: Schema, inner: Schema | None) -> str:
    if inner is not None:
        return _LIST if schema.get("type") == "array" else _PARTS
    told = [str(one["x-unit"]) for one in _alternatives(schema) if "x-unit" in one]
    return told[0] if told else _BY_NAME.get(name.rpartition("_")[2], "")


def _alternatives(schema: Schema) -> tuple[Schema, ...]:
    """Return the schema, what it is one of, and what it is a list of."""
    return (schema, *schema.get("anyOf", ()), schema.get("items", {}))


def _limits(schema: Schema) -> str:
    return ", ".join(limit for one in _alternatives(schema) for limit in _own_limits(one))


def _pattern(schema: Schema) -> str:
    return next((str(one["pattern"]) for one in _alternatives(schema) if "pattern" in one), "")


def _own_limits(schema: Schema) -> Iterator[str]:
    if "enum" in schema:
        yield " or ".join(str(one) for one in schema["enum"])
    if "const" in schema:
        yield f"always {schema['const']}"
    for key, words in (
        ("minimum", "at least {:,}"),
        ("exclusiveMinimum", "more than {:,}"),
        ("maximum", "at most {:,}"),
        ("minItems", "at least {} of them"),
        ("maxItems", "at most {} of them"),
        ("maxLength", "at most {} characters"),
    ):
        if key in schema:
            yield words.format(schema[key])
