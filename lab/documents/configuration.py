"""The configuration's schema, and its fields and rules as Markdown."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from landbridge.configuration import configuration_from_cdk_json
from landbridge.configuration.derived import derived_from
from landbridge.configuration.explaining import value_text
from landbridge.configuration.fields import (
    REQUIRED,
    Field,
    configuration_fields,
    workloads_fields,
)
from landbridge.configuration.rules import EVERY_RULE
from landbridge.configuration.schema import configuration_schema

__all__ = ["fields_page", "rto_page", "rules_page", "schema_file", "workloads_page"]

CDK_JSON = Path(__file__).resolve().parents[2] / "cdk.json"


def schema_file() -> str:
    """Return the JSON Schema of a cdk.json."""
    return json.dumps(configuration_schema(), indent=2) + "\n"


def fields_page() -> str:
    """Return a table of the fields outside of sections, then each section with its own."""
    every = configuration_fields()
    lines = [*_table(one for one in every if "." not in one.path and not one.is_section)]
    for section in (one for one in every if one.is_section and "." not in one.path):
        within = [
            one for one in every if one.path.startswith((f"{section.path}.", f"{section.path}["))
        ]
        lines += ["", f"### `{section.path}`", "", _optional(section), ""]
        lines += _table(one for one in within if not one.is_section)
    return "\n".join(lines)


def workloads_page() -> str:
    """Return a table of the fields of a list of workloads, beside those of each workload."""
    return "\n".join(_table(one for one in workloads_fields() if one.path != "waves"))


def rto_page() -> str:
    """Return what an outage may take by the repository's own configuration."""
    derived = derived_from(configuration_from_cdk_json(CDK_JSON))
    lines = ["| part | s at most | why |", "|---|---|---|"]
    lines += [f"| {one.name} | {one.seconds:g} | {_cell(one.why)} |" for one in derived.rto_parts]
    budget = f"{derived.rto_budget_seconds} are planned for"
    return "\n".join([*lines, f"| **RTO** | **{derived.rto_seconds:g}** | {budget} |"])


def rules_page() -> str:
    """Return a table of the rules between fields."""
    lines = ["| rule | what it asks for | fields | from |", "|---|---|---|---|"]
    for rule in EVERY_RULE:
        fields = ", ".join(f"`{field}`" for field in rule.fields)
        lines.append(f"| `{rule.name}` | {_cell(rule.claim)} | {fields} | {_source(rule.source)} |")
    return "\n".join(lines)


def _table(fields: Iterable[Field]) -> Iterator[str]:
    yield "| field | unit | default | limits | what and why |"
    yield "|---|---|---|---|---|"
    for one in fields:
        default = "required" if one.default is REQUIRED else _default(one.default)
        cells = (f"`{one.path}`", one.unit, default, _cell(one.limits), _cell(one.description))
        yield f"| {' | '.join(cells)} |"


def _default(value: Any) -> str:
    text = value_text(value)
    return text if value in ("", [], None) else f"`{text}`"


def _optional(section: Field) -> str:
    if section.default is REQUIRED:
        return section.description
    return f"{section.description} Optional."


def _source(source: str) -> str:
    """Return the source, as a link where it is a document of landbridge's own."""
    document, _, place = source.partition(", ")
    if not document.startswith("docs/"):
        return _cell(source)
    heading = place.partition(":")[0]
    anchor = heading.lower().replace(" ", "-")
    return f"[{heading}]({document.removeprefix('docs/')}#{anchor}){place.removeprefix(heading)}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
