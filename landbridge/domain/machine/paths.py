"""Reference paths and payload templates of a state machine, as far as landbridge's machines go.

Source: Amazon States Language, "Reference Paths" and "Payload Template". Only fields and array
positions are read (``$``, ``$.a.b``, ``$[0]``, ``$$.Execution.Name``); ``reading`` refuses all
else.
"""

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["PATH", "MissingPathError", "filled", "value_at", "with_value"]

PATH = re.compile(r"\$(\$)?(\.[A-Za-z_]\w*|\[\d+\])*")
_PART = re.compile(r"\.([A-Za-z_]\w*)|\[(\d+)\]")


class MissingPathError(Exception):
    """The data has nothing at that path."""


def value_at(path: str, data: Any, context: Mapping[str, Any]) -> Any:
    """Return what is at the path; raise MissingPathError, which names it."""
    found: Any = context if path.startswith("$$") else data
    for name, index in _PART.findall(path):
        try:
            found = found[name] if name else found[int(index)]
        except (KeyError, IndexError, TypeError):
            raise MissingPathError(f"nothing at {path}") from None
    return found


def with_value(path: str, data: Any, value: Any) -> Any:
    """Return ``data`` with ``value`` at the reference path; ``$`` is the whole of it."""
    names = [name for name, _ in _PART.findall(path)]
    return _placed(names, data, value)


def _placed(names: list[str], data: Any, value: Any) -> Any:
    if not names:
        return value
    kept = dict(data) if isinstance(data, Mapping) else {}
    return {**kept, names[0]: _placed(names[1:], kept.get(names[0]), value)}


def filled(template: Any, data: Any, context: Mapping[str, Any]) -> Any:
    """Return the payload template with every ``name.$`` filled in; raise MissingPathError."""
    if isinstance(template, Mapping):
        return {
            name.removesuffix(".$"): value_at(value, data, context)
            if name.endswith(".$")
            else filled(value, data, context)
            for name, value in template.items()
        }
    if isinstance(template, list):
        return [filled(one, data, context) for one in template]
    return template
