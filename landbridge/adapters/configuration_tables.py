"""The configuration on a terminal: what is wrong with it, what follows from it, what it means."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from landbridge.configuration.derived import Derived
from landbridge.configuration.explaining import Explained
from landbridge.configuration.notes import Note
from landbridge.configuration.problems import Problem
from landbridge.domain.foreign import printable

__all__ = [
    "derived_tables",
    "field_story",
    "fields_table",
    "notes_text",
    "problems_table",
    "records_text",
]


def problems_table(problems: Iterable[Problem]) -> Table:
    """Return one row for each broken rule: field, value, what is wrong, the way out, its name."""
    table = _table("field", "value", "what is wrong", "remedy", "rule")
    for one in problems:
        cells = (one.field, one.shown_value or "", one.rule, one.remedy, one.name or "its shape")
        table.add_row(*(Text(printable(cell)) for cell in cells))
    return table


def derived_tables(derived: Derived) -> RenderableType:
    """Return what an outage may take, part by part, and the timeouts."""
    outage = Table(title="an outage at most", title_justify="left", box=None, pad_edge=False)
    outage.add_column("s", justify="right")
    outage.add_column("part")
    outage.add_column("why", overflow="fold", style="dim")
    for part in derived.rto_parts:
        outage.add_row(f"{part.seconds:g}", part.name, part.why)
    budget = f"of {derived.rto_budget_seconds} s that are planned for (recovery.rto_budget_seconds)"
    outage.add_row(f"[bold]{derived.rto_seconds:g}[/]", "[bold]RTO[/]", budget)
    timeouts = Table(title="timeouts", title_justify="left", box=None, pad_edge=False)
    for title in ("budget s", "step s"):
        timeouts.add_column(title, justify="right")
    for title in ("budget", "step"):
        timeouts.add_column(title)
    for one in derived.timeouts:
        timeouts.add_row(f"{one.seconds:g}", str(one.timeout_seconds), one.budget, one.step)
    watchdog = derived.watchdog_seconds
    lines = [
        f"Detection takes {derived.detection_seconds:g} s at most by the alarm; "
        + ("there is no watchdog." if watchdog is None else f"by the watchdog, {watchdog} s."),
        f"A failback holds writes for {derived.hold_seconds:g} s at most.",
    ]
    return Group(outage, Text(), *map(Text, lines), Text(), timeouts)


def notes_text(notes: Iterable[Note]) -> Text:
    """Return what should be known, a line each."""
    lines = (f"note: {note.field}: {note.text}." for note in notes)
    return Text("\n".join(map(printable, lines)), "yellow")


def records_text(document: Mapping[str, Any]) -> RenderableType:
    """Return the zone's records, one row each, and how they get into the zone."""
    table = _table("name", "type", "TTL s", "values", "failover", "health check")
    for one in document["records"]:
        check = one["health_check_output"]
        table.add_row(
            one["name"],
            one["type"],
            str(one["ttl_seconds"]),
            ", ".join(one["values"]),
            one["failover"] or "",
            f"output {check} of {document['health_stack']}" if check else "",
        )
    return Group(table, Text(), *map(Text, document["how"]))


def fields_table(fields: Iterable[Explained]) -> Table:
    """Return one row for each field; sections stand bold above theirs."""
    table = _table("field", "unit", "default", "now", "what and why")
    for one in fields:
        field = one.field
        now = Text(printable(one.now), "bold" if one.is_given else "dim")
        what = Text(field.description, "" if not field.is_section else "italic")
        path = Text(field.path, "bold" if field.is_section else "")
        table.add_row(path, Text(field.unit), Text(one.default), now, what)
    return table


def field_story(fields: list[Explained]) -> RenderableType:
    """Return all that there is to say of the first field, and a table of its parts."""
    return Group(*_story(fields[0]), *([fields_table(fields[1:])] if fields[1:] else []))


def _story(one: Explained) -> Iterator[RenderableType]:
    field = one.field
    yield Text(field.path, "bold")
    yield Text(field.description)
    facts = Table(box=None, pad_edge=False, show_header=False)
    facts.add_column(style="dim")
    facts.add_column(overflow="fold")
    now = one.now if one.is_given or not one.now else f"{one.now} (not given)"
    for name, text in (
        ("unit", field.unit),
        ("default", one.default),
        ("limits", field.limits),
        ("pattern", field.pattern),
        ("now", now),
    ):
        if text:
            facts.add_row(name, Text(printable(text)))
    for rule in one.rules:
        facts.add_row("rule", Text(f"{rule.name}: {rule.claim} ({rule.source})"))
    yield facts


def _table(*titles: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in titles:
        table.add_column(title, overflow="fold")
    return table
