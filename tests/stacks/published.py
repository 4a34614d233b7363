"""A function's published version and its alias, found in a template."""

from typing import Any

__all__ = ["live_of", "version_of"]

Template = dict[str, Any]


def version_of(template: Template, function: str) -> str:
    """Return the logical id of the one version of the function with that logical id."""
    return _one(template, "AWS::Lambda::Version", function)


def live_of(template: Template, function: str) -> str:
    """Return the logical id of the function's one alias."""
    return _one(template, "AWS::Lambda::Alias", function)


def _one(template: Template, kind: str, function: str) -> str:
    (found,) = [
        name
        for name, one in template["Resources"].items()
        if one["Type"] == kind and one["Properties"]["FunctionName"] == {"Ref": function}
    ]
    return str(found)
