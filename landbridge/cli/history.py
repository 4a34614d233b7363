"""``landbridge history``: every kept run; with ``--gate`` a verdict on the last, for a pipeline."""

import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from landbridge.cli.choices import Workload

if TYPE_CHECKING:
    from landbridge.domain.history_gate import GateVerdict
    from landbridge.domain.kept_runs import KeptRun

__all__ = ["history", "kept_runs"]

FAILED = 1
MOST = 1_000
# The last run out to Azure may lie behind many others.
JUDGED = 200
AGE_DAYS = 30  # a run of long ago says little of today, whether anybody thought of --age or not


def _age_seconds(text: str | None, workload: str, *, lab: bool) -> float:
    from landbridge.domain.history_gate import parse_age_seconds

    if text is None:
        return (_configured_days(workload, lab=lab) or AGE_DAYS) * 86_400.0
    try:
        return parse_age_seconds(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _configured_days(workload: str, *, lab: bool) -> int:
    """Return after how many days the cloud's automatic failover is off; 0: never, or the lab."""
    if lab:
        return 0
    from landbridge.cli.orchestrator import CONFIGURATION
    from landbridge.configuration import configuration_from_cdk_json

    return configuration_from_cdk_json(CONFIGURATION, workload).budgets.drill_age_days


def history(
    lab: Annotated[
        bool,
        typer.Option(
            "--lab/--cloud", help="This machine's drills, or the deployed orchestrator's."
        ),
    ] = False,
    last: Annotated[int, typer.Option(min=1, max=MOST, help="How many runs.")] = 20,
    gate: Annotated[
        bool, typer.Option("--gate", help="Judge the last run; end with 1 and why if it fails.")
    ] = False,
    rto: Annotated[
        float | None, typer.Option(min=0, max=86_400, help="Gate: seconds of RTO at most.")
    ] = None,
    rpo: Annotated[
        float | None, typer.Option(min=0, max=86_400, help="Gate: seconds of loss at most.")
    ] = None,
    age: Annotated[
        str | None,
        typer.Option(
            help="Gate: how old at most, as 90m, 12h or 8d. Left out: 30d, or of the cloud's runs"
            " drill_age_days of cdk.json."
        ),
    ] = None,
    workload: Workload = "",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, on standard output.")] = False,
) -> None:
    """Show the runs that are kept: when, what, RTO, RPO, hold, what was done by hand, outcome."""
    if not gate and (rto, rpo, age) != (None, None, None):
        raise typer.BadParameter("--rto, --rpo and --age are limits of --gate: give that too")
    from landbridge.domain.history_gate import Limits, judge_last_run

    limits = Limits(rto, rpo, _age_seconds(age, workload, lab=lab)) if gate else Limits()
    rows = kept_runs(max(last, JUDGED) if gate else last, workload, lab=lab)
    verdict = judge_last_run(rows, limits, time.time()) if gate else None
    _show(rows, verdict, as_json=as_json)
    if verdict is not None and not verdict.passed:
        raise typer.Exit(FAILED)


def kept_runs(limit: int, workload: str = "", *, lab: bool) -> "list[KeptRun]":
    """Return the newest runs, newest first: of the lab, with one that is up, or of the cloud."""
    from landbridge.cli.orchestrator import operations_of
    from landbridge.domain.kept_runs import newest_first

    if not lab:
        from landbridge.adapters.kept_records import cloud_runs

        return cloud_runs(operations_of(lab=False, workload=workload), limit)
    from lab.clouds.standing import lab_is_up
    from landbridge.adapters.kept_reports import REPORTS, drill_runs

    rows = drill_runs(REPORTS)
    if lab_is_up():
        from landbridge.adapters.kept_records import cloud_runs

        rows += cloud_runs(operations_of(lab=True), limit)
    return newest_first(rows)[:limit]


def _show(rows: "list[KeptRun]", verdict: "GateVerdict | None", *, as_json: bool) -> None:
    if as_json:
        document: dict[str, Any] = {"runs": [asdict(row) for row in rows]}
        if verdict is not None:
            document["gate"] = asdict(verdict)
        typer.echo(json.dumps(document, indent=2, allow_nan=False))
    elif verdict is not None:
        _say(rows, verdict, Console())
    else:
        _table(rows, Console())


def _say(rows: "list[KeptRun]", verdict: "GateVerdict", console: Console) -> None:
    from landbridge.adapters.history_table import figures_line

    of = f"run {verdict.run}" if verdict.run else "no run"
    if verdict.passed:
        (row,) = [row for row in rows if row.run == verdict.run][:1]
        console.print(f"Good enough: {of}: {figures_line(row)}.", markup=False, soft_wrap=True)
    for reason in verdict.reasons:
        console.print(f"Not good enough: {of}: {reason}.", markup=False, soft_wrap=True)


def _table(rows: "list[KeptRun]", console: Console) -> None:
    from landbridge.adapters.history_table import WIDE, history_table, rto_line

    if not rows:
        console.print("No run is kept yet: `landbridge drill` makes one.", markup=False)
        return
    # A file, as a pipeline's log, has room enough for one line each.
    width = console.width if console.is_terminal else max(console.width, WIDE)
    console.print(history_table(rows, width), width=width)
    console.print(rto_line(rows), markup=False)
