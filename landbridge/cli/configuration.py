"""``landbridge config``: check cdk.json's configuration, explain it, say what follows from it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from landbridge.cli.orchestrator import CONFIGURATION

if TYPE_CHECKING:
    from landbridge.configuration.loading import Checked
    from landbridge.configuration.problems import Problem

__all__ = ["app"]

REFUSED = 2

app = typer.Typer(
    help="The configuration: check it, explain it, write its JSON Schema.", no_args_is_help=True
)

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@app.command()
def schema() -> None:
    """Write the JSON Schema of cdk.json to standard output."""
    from landbridge.configuration.schema import configuration_schema

    typer.echo(json.dumps(configuration_schema(), indent=2))


@app.command()
def validate(
    file: Annotated[Path, typer.Argument(help="The cdk.json.")] = CONFIGURATION,
    as_json: AsJson = False,
) -> None:
    """Say all that is wrong, and exit 2; or what follows: detection, RTO, timeouts."""
    from landbridge.configuration.derived import derived_from
    from landbridge.configuration.notes import notes_on
    from landbridge.domain.foreign import shown_path

    checked = _check(file)
    good = checked.configuration
    notes = [] if good is None else list(notes_on(good))
    derived = None if good is None else derived_from(good)
    if as_json:
        document = {
            "file": str(file),
            "valid": good is not None,
            "problems": [_problem_document(one) for one in checked.problems],
            "notes": [vars(one) for one in notes],
            "derived": None if derived is None else derived.document(),
        }
        typer.echo(json.dumps(document, indent=2))
    else:
        from landbridge.adapters import configuration_tables as tables

        console, name = Console(), shown_path(str(file))
        if derived is None:
            console.print(f"{name} is refused.", style="bold red", markup=False)
            console.print(tables.problems_table(checked.problems))
        else:
            console.print(f"{name} breaks no rule.", style="green", markup=False)
            console.print(tables.derived_tables(derived))
            console.print(tables.notes_text(notes))
    if good is None:
        raise typer.Exit(REFUSED)


@app.command()
def explain(
    field: Annotated[
        str | None, typer.Argument(help="Such as budgets.fence_seconds, or a section: budgets.")
    ] = None,
    file: Annotated[Path, typer.Option(help="Whose values are shown.")] = CONFIGURATION,
    as_json: AsJson = False,
) -> None:
    """Show each field: unit, default, what it is now, and why; with FIELD all of its story."""
    from landbridge.configuration.explaining import explained_fields

    within = "" if field is None else _known(field)
    rows = list(explained_fields(_document(file), within))
    if as_json:
        typer.echo(json.dumps({"fields": [one.document() for one in rows]}, indent=2))
        return
    from landbridge.adapters.configuration_tables import field_story, fields_table

    Console().print(field_story(rows) if within else fields_table(rows))


@app.command()
def records(
    file: Annotated[Path, typer.Argument(help="The cdk.json.")] = CONFIGURATION,
    as_json: AsJson = False,
) -> None:
    """Show the records that a failover needs in the zone, and who writes them."""
    from landbridge.configuration.loading import configuration_from_cdk_json
    from landbridge.configuration.zone_records import records_document
    from landbridge.domain.errors import ConfigurationError

    try:
        configuration = configuration_from_cdk_json(file)
    except ConfigurationError as error:
        raise typer.BadParameter(str(error), param_hint="FILE") from None
    document = records_document(configuration)
    if as_json:
        typer.echo(json.dumps(document, indent=2))
        return
    from landbridge.adapters.configuration_tables import records_text

    Console().print(records_text(document))


def _check(file: Path) -> "Checked":
    from landbridge.configuration.loading import Checked, check_context, read_context
    from landbridge.configuration.problems import ABSENT, Problem
    from landbridge.domain.errors import ConfigurationError

    try:
        return check_context(read_context(file))
    except ConfigurationError as error:
        return Checked(None, (Problem("context", ABSENT, error.message, error.remedy),))


def _document(file: Path) -> dict[str, Any]:
    """Return what the file says, as wrong as it may be; nothing where it cannot be read."""
    from landbridge.configuration.loading import CONTEXT_KEY, read_context
    from landbridge.domain.errors import ConfigurationError
    from landbridge.domain.foreign import printable

    try:
        document = read_context(file).get(CONTEXT_KEY)
    except ConfigurationError as error:
        said = printable(f"No values are shown: {error}")
        Console(stderr=True).print(said, style="yellow", markup=False)
        return {}
    return document if isinstance(document, dict) else {}


def _known(field: str) -> str:
    from difflib import get_close_matches

    from landbridge.configuration.fields import configuration_fields, field_named
    from landbridge.domain.foreign import shown

    found = field_named(field.removeprefix("landbridge."))
    if found is not None:
        return found.path
    paths = [one.path for one in configuration_fields()]
    ends = [one for one in paths if one.rpartition(".")[2] == field]
    near = ends or get_close_matches(field, paths, n=3)
    hint = f"did you mean {', '.join(near)}?" if near else "`landbridge config explain` lists all"
    raise typer.BadParameter(f"{shown(field)} is no field: {hint}", param_hint="FIELD")


def _problem_document(problem: "Problem") -> dict[str, Any]:
    from landbridge.configuration.rules import RULES

    sources = {rule.name: rule.source for rule in RULES}
    return {
        "field": problem.field,
        "value": problem.shown_value,
        "problem": problem.rule,
        "remedy": problem.remedy,
        "rule": problem.name or None,
        "source": sources.get(problem.name),
    }
