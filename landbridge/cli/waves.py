"""``--all``: every workload of cdk.json is moved, wave by wave, by the parent in AWS."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console

from landbridge.cli.orchestrator import CONFIGURATION, operations_of, say_refusal, start_run

if TYPE_CHECKING:
    from landbridge.adapters.operations import Execution, Operations
    from landbridge.adapters.waves_table import WorkloadRow
    from landbridge.configuration import Deployment

__all__ = ["move_all", "several_workloads"]

STACK = "landbridge-waves"
_LOOK_SECONDS = 2.0


def move_all(
    flow: str,
    event: Mapping[str, Any],
    console: Console,
    *,
    workload: str,
    follow: bool,
    lab: bool,
) -> None:
    """Start the parent; with ``follow`` show every workload until all have ended."""
    if workload:
        raise typer.BadParameter("one of --all and --workload", param_hint="--all")
    if lab:
        raise typer.BadParameter("a lab has one workload: leave it out", param_hint="--all")
    deployment = several_workloads()
    operations = _parent(deployment)
    run = start_run(operations, "waves", {**event, "flow": flow}, console)
    if follow:
        ended = _follow(deployment, operations, run, flow, console)
        if ended.status != "SUCCEEDED":
            say_refusal(ended, console)
        console.print(str(ended.state["report"]["message"]), markup=False)


def several_workloads() -> "Deployment":
    """Return cdk.json's deployment; raise ConfigurationError where it has one workload."""
    from landbridge.configuration import deployment_from_cdk_json
    from landbridge.domain.errors import ConfigurationError

    deployment = deployment_from_cdk_json(CONFIGURATION)
    if not deployment.has_waves:
        raise ConfigurationError(f"{CONFIGURATION} has one workload", "leave --all out")
    return deployment


def _parent(deployment: "Deployment") -> "Operations":
    from landbridge.adapters.operations import Operations

    return Operations(STACK, deployment.region)


def _follow(
    deployment: "Deployment", parent: "Operations", run: str, flow: str, console: Console
) -> "Execution":
    from rich.live import Live

    from landbridge.adapters.waves_table import waves_table

    each = {name: operations_of(lab=False, workload=name) for name in deployment.names}
    with Live(console=console, refresh_per_second=4) as live:
        while True:
            seen = parent.execution(run)
            rows = _rows(deployment, each, flow, seen.started_at)
            live.update(waves_table(run, seen.status, rows))
            if seen.status != "RUNNING":
                break
            time.sleep(_LOOK_SECONDS)
    if not console.is_terminal:
        console.print()  # a file's last picture ends within its line
    return seen


def _rows(
    deployment: "Deployment", each: Mapping[str, "Operations"], flow: str, since: float
) -> "list[WorkloadRow]":
    from landbridge.adapters.waves_table import workload_row
    from landbridge.domain.waves import waves_of

    waves = waves_of(deployment.wave_settings().after_on(flow))
    return [
        workload_row(number, name, each[name], flow, since)
        for number, wave in enumerate(waves, 1)
        for name in wave
    ]
