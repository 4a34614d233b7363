"""``landbridge reconcile``: AWS is back, a takeover's records go home, and the world is checked."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from landbridge.cli.choices import Workload
from landbridge.cli.orchestrator import operations_of, surroundings_of
from landbridge.cli.takeover import function_app
from landbridge.domain.errors import LandbridgeError
from landbridge.domain.foreign import printable
from landbridge.domain.reconciling import (
    Copying,
    Finding,
    World,
    check_world,
    decide_copying,
)

if TYPE_CHECKING:
    from landbridge.adapters.function_app import FunctionApp
    from landbridge.adapters.homecoming import Home
    from landbridge.adapters.status_look import Surroundings

__all__ = ["reconcile"]

NOT_AGREED = 1
_FINE = {*(one.value for one in (Copying.COPY, Copying.THERE, Copying.UNCHANGED)), "yes"}


def reconcile(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Copy nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    workload: Workload = "",
    lab: Annotated[
        bool, typer.Option("--lab", help="In the lab that is up on this machine.")
    ] = False,
) -> None:
    """Copy takeovers' records into AWS's table and bucket; exit 1 unless all agrees."""
    from landbridge.adapters.homecoming import Home

    app = function_app(lab=lab, workload=workload)
    home = Home(operations_of(lab=lab, workload=workload))
    rows: list[dict[str, str]] = []
    newest: dict[str, Any] | None = None
    for run in app.takeovers():
        kept = app.takeover_record(run)
        rows.append(_copied(home, run, kept, dry_run=dry_run))
        newest = _newer(newest, kept["record"])
    around = surroundings_of(lab=lab, workload=workload)
    findings = check_world(_world(app, around, newest))
    rows += [_row(one) for one in findings]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
    else:
        Console().print(_table(rows))
    if any(row["result"] not in _FINE for row in rows):
        raise typer.Exit(NOT_AGREED)


def _copied(home: "Home", run: str, kept: Mapping[str, Any], *, dry_run: bool) -> dict[str, str]:
    copying, reason = decide_copying(kept["record"], home.record(run), kept["ended"])
    if copying is Copying.COPY and not dry_run:
        home.keep(run, kept)
    remedy = {
        Copying.DIFFERS: "neither is overwritten: compare them, landbridge report",
        Copying.UNFINISHED: "follow it: landbridge takeover, docs/takeover.md",
    }.get(copying, "")
    return {"name": run, "result": copying.value, "reason": reason, "remedy": remedy}


def _newer(
    newest: dict[str, Any] | None, record: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    # A run without an epoch never took the lock: it changed nothing that could be held against it.
    if record is None or record.get("outcome") != "recovered" or record.get("epoch") is None:
        return newest
    if newest is None or record["started_at"] > newest["started_at"]:
        return dict(record)
    return newest


def _world(app: "FunctionApp", around: "Surroundings", newest: dict[str, Any] | None) -> World:
    from landbridge.adapters.kept_records import cloud_records
    from landbridge.adapters.status_look import status_now

    seen = status_now(around)
    try:
        gate: dict[str, Any] | None = app.gate()
    except LandbridgeError:
        gate = None
    # A failback since then, or a failover in AWS, is the newer one.
    for record in cloud_records(around.connect(), 20):
        newest = _newer(newest, record)
    active = seen.report.active if seen.report else "unknown"
    return World(gate, seen.dns, active, newest)


def _row(finding: Finding) -> dict[str, str]:
    return {
        "name": finding.name,
        "result": finding.agrees.value,
        "reason": finding.reason,
        "remedy": finding.remedy,
    }


def _table(rows: list[dict[str, str]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("name", "result", "reason", "remedy"):
        table.add_column(name)
    for row in rows:
        table.add_row(*(printable(text).replace("[", r"\[") for text in row.values()))
    return table
