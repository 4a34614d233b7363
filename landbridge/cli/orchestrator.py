"""The orchestrator that a command talks to, and how a run that it started ends for a person."""

import os
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console

from lab.clouds.standing import standing_lab
from landbridge.domain.foreign import printable
from landbridge.domain.starting import parse_request

if TYPE_CHECKING:
    from landbridge.adapters.operations import Execution, Operations
    from landbridge.adapters.status_look import Surroundings

__all__ = [
    "REFUSED",
    "no_workload_of_a_lab",
    "operations_of",
    "say_refusal",
    "start_run",
    "surroundings_of",
]

CONFIGURATION = Path("cdk.json")
REFUSED = 3
# Who looks at 3 am rather reads "unknown" now than the answer in minutes.
PATIENCE_SECONDS = 8.0


def operations_of(
    *, lab: bool, workload: str = "", patience_seconds: float | None = None
) -> "Operations":
    """Return a workload's orchestrator in AWS, or that of the lab that is up.

    Raises ConfigurationError where there are several workloads and none is named.
    """
    if lab:
        no_workload_of_a_lab(workload)
        return standing_lab().operations(patience_seconds)
    from landbridge.adapters.operations import Operations
    from landbridge.configuration import configuration_from_cdk_json

    configuration = configuration_from_cdk_json(CONFIGURATION, workload)
    stack = f"landbridge-{configuration.workload}-orchestrator"
    region = configuration.orchestrator_region
    return Operations(stack, region, patience_seconds=patience_seconds)


def no_workload_of_a_lab(workload: str) -> None:
    """Refuse a workload's name beside ``--lab``."""
    if workload:
        raise typer.BadParameter("a lab has one workload: leave it out", param_hint="--workload")


def surroundings_of(*, lab: bool, workload: str = "") -> "Surroundings":
    """Return where every part is: as cdk.json says, or as the lab that is up does."""
    from landbridge.adapters.status_look import Surroundings
    from landbridge.domain.settings import parse_settings

    if lab:
        no_workload_of_a_lab(workload)
        standing = standing_lab()
        # The lab's servers have certificates of the lab's own authority.
        os.environ["SSL_CERT_FILE"] = standing.certificate_authority
        return Surroundings(
            names=standing.dns_names(),
            name_servers=(standing.name_server,),
            function_url=standing.function_url,
            connect=partial(standing.operations, PATIENCE_SECONDS),
        )
    from landbridge.configuration import configuration_from_cdk_json

    configuration = configuration_from_cdk_json(CONFIGURATION, workload)
    settings = parse_settings(configuration.settings())
    return Surroundings(
        names=settings.names,
        name_servers=settings.name_servers,
        function_url=settings.function_app.url,
        connect=partial(
            operations_of, lab=False, workload=workload, patience_seconds=PATIENCE_SECONDS
        ),
    )


def start_run(
    operations: "Operations", flow: str, event: Mapping[str, Any], console: Console
) -> str:
    """Start a run and say so; a refusal ends the command.

    Raises InvalidEventError for what the starter would not understand.
    """
    parse_request(event, time.time())
    answer = operations.start(event, flow)
    if not answer["started"]:
        console.print(f"Not started: {printable(answer['reason'])}", markup=False)
        raise typer.Exit(REFUSED)
    console.print(f"Started {answer['run']}: {printable(answer['reason'])}", markup=False)
    return str(answer["run"])


def say_refusal(run: "Execution", console: Console) -> None:
    """Say why a run did not do what it was started for; that ends the command."""
    ending = run.state.get("record") or run.state.get("report", {})
    said = str(ending.get("message") or f"{run.error}: {run.cause}")
    console.print(printable(said), markup=False)
    raise typer.Exit(REFUSED)
