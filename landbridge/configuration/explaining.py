"""What a person or a program is told of fields: what they mean, and what they say now."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from landbridge.configuration.deployment import WORKLOADS, workload_documents
from landbridge.configuration.fields import (
    REQUIRED,
    Field,
    configuration_fields,
    value_at,
    workloads_fields,
)
from landbridge.configuration.rule import Rule
from landbridge.configuration.rules import rules_about
from landbridge.configuration.secret_values import looks_secret
from landbridge.configuration.workload_rules import WorkloadRule
from landbridge.domain.foreign import shown

__all__ = ["HIDDEN", "Explained", "explained_fields", "value_text"]

HIDDEN = "a value that is not shown"


@dataclass(frozen=True)
class Explained:
    """A field, and what a configuration says there.

    ``now`` is what is true there: what is given, or the default; empty for a section, and for a
    part of one that there is not. ``values`` are JSON values that are given, one for each item of
    a list of parts and for each workload.
    """

    field: Field
    default: str
    now: str
    values: tuple[Any, ...]
    rules: tuple[Rule | WorkloadRule, ...]

    @property
    def is_given(self) -> bool:
        """Whether the document says something there."""
        return bool(self.values)

    def document(self) -> dict[str, Any]:
        """Return it for programs: ``given`` has a value for each place that the path names."""
        field = self.field
        return {
            "field": field.path,
            "unit": field.unit,
            "required": field.default is REQUIRED,
            "default": None if field.default is REQUIRED else field.default,
            "limits": field.limits,
            "pattern": field.pattern,
            "now": self.now,
            "given": [] if field.is_section else [_safe(one, field.path) for one in self.values],
            "what": field.what,
            "why": field.why,
            "rules": [
                {"name": one.name, "claim": one.claim, "source": one.source} for one in self.rules
            ],
        }


def explained_fields(document: Mapping[str, Any], within: str = "") -> Iterator[Explained]:
    """Yield every field, or the one ``within`` and its parts, beside what the document says.

    ``document`` is what stands under the context's key, and may be as wrong as it likes. Where it
    has several workloads each field is beside what all of them say, merged with what is shared.
    """
    asked = within and any(_is_within(one.path, within) for one in workloads_fields())
    of_workloads = workloads_fields() if asked or WORKLOADS in document else ()
    merged = workload_documents(document)
    for field in (*of_workloads, *configuration_fields()):
        if within and not _is_within(field.path, within):
            continue
        sources = (document,) if field in of_workloads else merged
        values = tuple(value for one in sources for value in value_at(one, field.path))
        default = "required" if field.default is REQUIRED else value_text(field.default)
        texts = dict.fromkeys(
            text for one in sources or ({},) for text in _texts(one, field, default)
        )
        yield Explained(
            field=field,
            default="" if field.is_section else default,
            now="" if field.is_section else ", ".join(filter(None, texts)),
            values=values,
            rules=rules_about(field.path),
        )


def _texts(document: Mapping[str, Any], field: Field, default: str) -> list[str]:
    values = value_at(document, field.path)
    return [value_text(one, field.path) for one in values] or [_unsaid(document, field, default)]


def value_text(value: Any, field: str = "") -> str:
    """Return a JSON value as anybody may read it; a secret that was put there is not shown."""
    if isinstance(value, list):
        return ", ".join(value_text(one, field) for one in value) or "none"
    if isinstance(value, dict):
        inner = {name: value_text(one, f"{field}.{name}") for name, one in value.items()}
        return ", ".join(f"{value_text(name)} {text}" for name, text in inner.items()) or "none"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str) and looks_secret(value, field):
        return HIDDEN
    return shown(value, field).removeprefix("'").removesuffix("'") or "empty"


def _safe(value: Any, field: str) -> Any:
    """Return the value as JSON may have it, text as anybody may read it."""
    if isinstance(value, list):
        return [_safe(one, field) for one in value]
    if isinstance(value, dict):
        return {value_text(name): _safe(one, f"{field}.{name}") for name, one in value.items()}
    is_plain = value is None or isinstance(value, int)
    is_plain = is_plain or (isinstance(value, float) and math.isfinite(value))
    text = value_text(value, field)
    return value if is_plain and text != HIDDEN else text


def _is_within(path: str, section: str) -> bool:
    return path == section or path.startswith((f"{section}.", f"{section}[]"))


def _unsaid(document: Mapping[str, Any], field: Field, default: str) -> str:
    """Return what a field is where nothing is said."""
    for section in _sections_of(field):
        if not section.default and not value_at(document, section.path):
            return ""  # null or none: there is no such part
    return "missing" if field.default is REQUIRED else default


def _sections_of(field: Field) -> Iterator[Field]:
    for one in (*workloads_fields(), *configuration_fields()):
        if one.is_section and one.path != field.path and _is_within(field.path, one.path):
            yield one
