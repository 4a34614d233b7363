"""``landbridge report RUN``: the report of one kept run, on the terminal or as an HTML file."""

import re
import shutil
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from landbridge.cli.choices import writable_file

__all__ = ["report"]


def _run_name(text: str) -> str:
    # A name becomes part of a path and of an object's key.
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}", text):
        raise typer.BadParameter(f"{text!r} is no run's name: see `landbridge history`")
    return text


def report(
    run: Annotated[
        str, typer.Argument(help="The run's name, as the history has it.", callback=_run_name)
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
) -> None:
    """Show one kept run, or write its page."""
    from lab.clouds.standing import lab_is_up
    from landbridge.adapters.kept_reports import REPORTS

    console = Console()
    if lab and ((REPORTS / run).is_dir() or not lab_is_up()):
        _drill(run, html, console)
    else:
        _recorded(run, html, console, lab=lab)
    if html is not None:
        console.print(f"Report: {html}", soft_wrap=True, markup=False)


def _drill(run: str, html: Path | None, console: Console) -> None:
    from landbridge.adapters.kept_reports import REPORTS, report_file

    if html is None:
        text = report_file(REPORTS, run, "report.txt").read_text(encoding="utf-8")
        console.print(text, markup=False, highlight=False)
        return
    html.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(report_file(REPORTS, run, "report.html"), html)


def _recorded(run: str, html: Path | None, console: Console, *, lab: bool) -> None:
    from landbridge.adapters.kept_records import whole_record
    from landbridge.adapters.run_view import run_view
    from landbridge.cli.orchestrator import operations_of

    view = run_view(whole_record(operations_of(lab=lab), run))
    if html is None:
        from landbridge.adapters.run_summary import run_summary

        console.print(run_summary(view))
        return
    from landbridge.adapters.run_page import run_page

    html.parent.mkdir(parents=True, exist_ok=True)
    html.write_text(run_page(view), encoding="utf-8")
