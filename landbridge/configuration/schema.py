"""The configuration as JSON Schema: for editors, for other programs, and for landbridge's docs."""

from collections.abc import Mapping
from typing import Any

from landbridge.configuration.models import Configuration
from landbridge.configuration.several import WorkloadsConfiguration

__all__ = ["configuration_schema", "workloads_schema"]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_HERE = "#/$defs/"
_SOME = "SomeOf"
Schema = dict[str, Any]


def configuration_schema() -> Schema:
    """Return the schema of a cdk.json with landbridge's configuration in its context.

    ``x-unit`` says what a value is counted in where the field's name does not. Rules between
    fields are in no schema: ``landbridge config validate`` checks them. Where there is a list of
    workloads nothing is required of one part of it alone, for another may say it.
    """
    whole = Configuration.model_json_schema()
    parts = {"Configuration": whole, **whole.pop("$defs")}
    return {
        "$schema": _DIALECT,
        "title": "cdk.json with landbridge's configuration",
        "type": "object",
        "properties": {
            "context": {
                "type": "object",
                "properties": {
                    "landbridge": {
                        "if": {"required": ["workloads"]},
                        "then": {"$ref": f"{_HERE}WorkloadsConfiguration"},
                        "else": {"$ref": f"{_HERE}Configuration"},
                    }
                },
                "required": ["landbridge"],
            }
        },
        "required": ["context"],
        "$defs": {**parts, **_some_of(parts), **_listed(parts)},
    }


def workloads_schema() -> Schema:
    """Return the schema of a list of workloads, with each one's own fields left out."""
    whole = WorkloadsConfiguration.model_json_schema()
    parts = whole.pop("$defs")
    return {"$defs": {"WorkloadsConfiguration": whole, **parts}}


def _listed(parts: Mapping[str, Schema]) -> dict[str, Schema]:
    made: dict[str, Schema] = workloads_schema()["$defs"]
    some = _some_of(parts)[f"{_SOME}Configuration"]
    entry = made["WorkloadEntry"]
    entry["properties"] = {**some["properties"], **entry["properties"]}
    entry["additionalProperties"] = False
    shared = made["WorkloadsConfiguration"]["properties"]["shared"]
    shared.pop("additionalProperties", None)
    shared |= {"$ref": f"{_HERE}{_SOME}Configuration"}
    return made


def _some_of(parts: Mapping[str, Schema]) -> dict[str, Schema]:
    """Return each part that asks for a field, by another name and without asking."""
    asking = {name for name in parts if _asks(parts[name], parts)}
    return {
        f"{_SOME}{name}": _asked_for_nothing(parts[name], asking)
        for name in parts
        if name in asking
    }


def _asks(part: Schema, parts: Mapping[str, Schema]) -> bool:
    return "required" in part or any(
        _asks(parts[name], parts)
        for schema in part["properties"].values()
        for name in _sections(schema)
    )


def _sections(schema: Schema) -> list[str]:
    """Return the parts that a field is, not those that it has a list of: lists are not merged."""
    every = (schema, *schema.get("anyOf", ()))
    return [one["$ref"].removeprefix(_HERE) for one in every if "$ref" in one]


def _asked_for_nothing(part: Schema, asking: set[str]) -> Schema:
    properties = {name: _redirected(one, asking) for name, one in part["properties"].items()}
    kept = {key: value for key, value in part.items() if key != "required"}
    return {**kept, "properties": properties}


def _redirected(schema: Schema, asking: set[str]) -> Schema:
    turned = dict(schema)
    if "$ref" in schema and schema["$ref"].removeprefix(_HERE) in asking:
        turned["$ref"] = f"{_HERE}{_SOME}{schema['$ref'].removeprefix(_HERE)}"
    if "anyOf" in schema:
        turned["anyOf"] = [_redirected(one, asking) for one in schema["anyOf"]]
    return turned
