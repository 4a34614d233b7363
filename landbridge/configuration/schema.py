"""The configuration as JSON Schema: for editors, for other programs, and for landbridge's docs."""

from typing import Any

from landbridge.configuration.models import Configuration

__all__ = ["configuration_schema"]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def configuration_schema() -> dict[str, Any]:
    """Return the schema of a cdk.json with landbridge's configuration in its context.

    ``x-unit`` says what a value is counted in where the field's name does not. Rules between
    fields are in no schema: ``landbridge config validate`` checks them.
    """
    whole = Configuration.model_json_schema()
    parts = whole.pop("$defs")
    return {
        "$schema": _DIALECT,
        "title": "cdk.json with landbridge's configuration",
        "type": "object",
        "properties": {
            "context": {
                "type": "object",
                "properties": {"landbridge": {"$ref": "#/$defs/Configuration"}},
                "required": ["landbridge"],
            }
        },
        "required": ["context"],
        "$defs": {"Configuration": whole, **parts},
    }
