"""``landbridge report RUN``: the report of one kept run: terminal, JSON, or an HTML file."""

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from landbridge.cli.choices import Workload, writable_file

if TYPE_CHECKING:
    from landbridge.adapters.operations import Operations

__all__ = ["report"]

LAST = "last"
# As far back as a beginning of a name is looked for; a whole name is found however old it is.
LOOKED_THROUGH = 200


def _run_name(text: str) -> str:
    # A name becomes part of a path and of an object's key.
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}", text):
        raise typer.BadParameter(f"{text!r} is no run's name: see `landbridge history`")
    return text


def report(
    run: Annotated[
        str,
        typer.Argument(
            help="The run's name as the history has it, how it begins, or: last.",
            callback=_run_name,
        ),
    ],
    html: Annotated[
        Path | None,
        typer.Option("--html", help="Write the page here.", callback=writable_file),
    ] = None,
    lab: Annotated[
        bool,
        typer.Option(
            "--lab/--cloud", help="This machine's drills, or the deployed orchestrator's."
        ),
    ] = False,
    workload: Workload = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="The whole record, on standard output.")
    ] = False,
) -> None:
    """Show one kept run, or write its page."""
    from lab.clouds.standing import lab_is_up
    from landbridge.adapters.kept_reports import REPORTS
    from landbridge.cli.orchestrator import operations_of

    console = Console(stderr=as_json)
    up = lab and lab_is_up()
    name = _named(run, workload, lab=lab)
    if lab and ((REPORTS / name).is_dir() or not up):
        _drill(name, html, console, as_json=as_json)
    else:
        operations = operations_of(lab=lab, workload=workload)
        _recorded(operations, name, html, console, as_json=as_json)
    if html is not None:
        console.print(f"Report: {html}", soft_wrap=True, markup=False)


def _named(text: str, workload: str, *, lab: bool) -> str:
    """Return the run that is meant: of that name, of the one that begins so, or the newest."""
    from landbridge.adapters.kept_reports import REPORTS
    from landbridge.cli.history import kept_runs
    from landbridge.domain.kept_runs import run_meant

    if lab and (REPORTS / text).is_dir():
        return text
    return run_meant(
        text, [row.run for row in kept_runs(LOOKED_THROUGH, workload, lab=lab)], newest=LAST
    )


def _drill(run: str, html: Path | None, console: Console, *, as_json: bool) -> None:
    from landbridge.adapters.kept_reports import REPORTS, report_file

    if as_json:
        typer.echo(report_file(REPORTS, run, "report.json").read_text(encoding="utf-8"))
    elif html is None:
        text = report_file(REPORTS, run, "report.txt").read_text(encoding="utf-8")
        console.print(text, markup=False, highlight=False)
    if html is not None:
        html.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(report_file(REPORTS, run, "report.html"), html)


def _recorded(
    operations: "Operations", run: str, html: Path | None, console: Console, *, as_json: bool
) -> None:
    from landbridge.adapters.kept_records import whole_record
    from landbridge.adapters.run_view import run_view

    whole = whole_record(operations, run)
    if as_json:
        typer.echo(json.dumps(whole, indent=2, allow_nan=False))
    elif html is None:
        from landbridge.adapters.run_summary import run_summary

        console.print(run_summary(run_view(whole)))
    if html is not None:
        from landbridge.adapters.run_page import run_page

        html.parent.mkdir(parents=True, exist_ok=True)
        html.write_text(run_page(run_view(whole)), encoding="utf-8")
