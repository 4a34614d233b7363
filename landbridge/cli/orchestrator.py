"""The orchestrator that a command talks to, and how a run that it started ends for a person."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console

from lab.clouds.standing import standing_lab
from landbridge.domain.foreign import printable
from landbridge.domain.starting import parse_request

if TYPE_CHECKING:
    from landbridge.adapters.operations import Execution, Operations

__all__ = ["REFUSED", "operations_of", "say_refusal", "start_run"]

CONFIGURATION = Path("cdk.json")
REFUSED = 3


def operations_of(*, lab: bool) -> "Operations":
    """Return the orchestrator in AWS, or that of the lab that is up."""
    if lab:
        return standing_lab().operations()
    from landbridge.adapters.operations import Operations
    from landbridge.configuration import configuration_from_cdk_json

    configuration = configuration_from_cdk_json(CONFIGURATION)
    stack = f"landbridge-{configuration.workload}-orchestrator"
    return Operations(stack, configuration.orchestrator_region)


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
    ending = run.state.get("record", {})
    said = str(ending.get("message") or f"{run.error}: {run.cause}")
    console.print(printable(said), markup=False)
    raise typer.Exit(REFUSED)
