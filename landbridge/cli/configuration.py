"""``landbridge config``: check cdk.json's configuration, explain it, say what follows from it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from landbridge.cli.choices import Workload
from landbridge.cli.orchestrator import CONFIGURATION

if TYPE_CHECKING:
    from landbridge.configuration import Deployment
    from landbridge.configuration.deployment import CheckedDeployment
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
    from landbridge.domain.foreign import shown_path

    checked = _check(file)
    good = checked.deployment
    if as_json:
        problems = [_problem_document(one) for one in checked.problems]
        head = {"file": str(file), "valid": good is not None, "problems": problems}
        typer.echo(json.dumps({**head, **_following(good)}, indent=2))
    else:
        from landbridge.adapters import configuration_tables as tables

        console, name = Console(), shown_path(str(file))
        if good is None:
            console.print(f"{name} is refused.", style="bold red", markup=False)
            console.print(tables.problems_table(checked.problems))
        else:
            console.print(f"{name} breaks no rule.", style="green", markup=False)
            _show_following(good, console)
    if good is None:
        raise typer.Exit(REFUSED)


def _show_following(deployment: "Deployment", console: Console) -> None:
    from landbridge.adapters import configuration_tables as tables
    from landbridge.configuration.derived import derived_from
    from landbridge.configuration.notes import notes_on

    for number, wave in enumerate(deployment.in_waves() if deployment.listed else (), 1):
        console.print(f"Wave {number}: {', '.join(wave)}", markup=False)
    for one in deployment.configurations:
        if deployment.listed:
            console.print(f"\n{one.workload}", style="bold", markup=False)
        console.print(tables.derived_tables(derived_from(one)))
        console.print(tables.notes_text(list(notes_on(one))))


def _following(deployment: "Deployment | None") -> dict[str, Any]:
    """Return what follows, for programs: of the one workload, or of each with their waves."""
    from landbridge.configuration.derived import derived_from
    from landbridge.configuration.notes import notes_on

    if deployment is None:
        return {"notes": [], "derived": None}
    told = {
        one.workload: {
            "notes": [vars(note) for note in notes_on(one)],
            "derived": derived_from(one).document(),
        }
        for one in deployment.configurations
    }
    if not deployment.listed:
        return next(iter(told.values()))
    return {"workloads": told, "waves": [list(one) for one in deployment.in_waves()]}


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
    workload: Workload = "",
    as_json: AsJson = False,
) -> None:
    """Show the records that a failover needs in the zone, and who writes them."""
    from landbridge.configuration.deployment import deployment_from_cdk_json
    from landbridge.configuration.zone_records import records_document
    from landbridge.domain.errors import ConfigurationError

    try:
        deployment = deployment_from_cdk_json(file)
    except ConfigurationError as error:
        raise typer.BadParameter(str(error), param_hint="FILE") from None
    try:
        document = records_document(deployment.of(workload))
    except ConfigurationError as error:
        raise typer.BadParameter(str(error), param_hint="--workload") from None
    if as_json:
        typer.echo(json.dumps(document, indent=2))
        return
    from landbridge.adapters.configuration_tables import records_text

    Console().print(records_text(document))


def _check(file: Path) -> "CheckedDeployment":
    from landbridge.configuration.deployment import CheckedDeployment, check_context
    from landbridge.configuration.loading import read_context
    from landbridge.configuration.problems import ABSENT, Problem
    from landbridge.domain.errors import ConfigurationError

    try:
        return check_context(read_context(file))
    except ConfigurationError as error:
        return CheckedDeployment(None, (Problem("context", ABSENT, error.message, error.remedy),))


def _document(file: Path) -> dict[str, Any]:
    """Return what the file says, as wrong as it may be; nothing where it cannot be read."""
    from landbridge.configuration.deployment import CONTEXT_KEY
    from landbridge.configuration.loading import read_context
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

    from landbridge.configuration.fields import (
        configuration_fields,
        field_named,
        workloads_fields,
    )
    from landbridge.domain.foreign import shown

    found = field_named(field.removeprefix("landbridge."))
    if found is not None:
        return found.path
    paths = [one.path for one in (*configuration_fields(), *workloads_fields())]
    ends = [one for one in paths if one.rpartition(".")[2] == field]
    near = ends or get_close_matches(field, paths, n=3)
    hint = f"did you mean {', '.join(near)}?" if near else "`landbridge config explain` lists all"
    raise typer.BadParameter(f"{shown(field)} is no field: {hint}", param_hint="FIELD")


def _problem_document(problem: "Problem") -> dict[str, Any]:
    from landbridge.configuration.rules import EVERY_RULE

    sources = {rule.name: rule.source for rule in EVERY_RULE}
    return {
        "field": problem.field,
        "value": problem.shown_value,
        "problem": problem.rule,
        "remedy": problem.remedy,
        "rule": problem.name or None,
        "source": sources.get(problem.name),
    }
