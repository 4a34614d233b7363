"""``landbridge drill``: two clouds up, traffic on, AWS lost, failover, failback, report."""

import shutil
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from lab.clouds.options import LabOptions
from lab.drill.options import DrillOptions
from landbridge.cli.choices import Fault, Replication, writable_file

__all__ = ["drill"]

REPORTS = Path("reports")
BROKEN_PROMISE = 1


def drill(
    fault: Annotated[Fault, typer.Option(help="What befalls AWS.")] = Fault.REGION_LOSS,
    replication: Annotated[
        Replication, typer.Option(help="How AWS replicates.")
    ] = Replication.SYNC,
    clients: Annotated[int, typer.Option(min=1, max=200, help="Users.")] = 8,
    rate: Annotated[float, typer.Option(min=1, max=2000, help="Writes per second, in all.")] = 60.0,
    realtime: Annotated[
        bool, typer.Option("--realtime", help="Route 53's true clocks: 10 s x 3, TTL 60.")
    ] = False,
    pod_start_seconds: Annotated[
        float, typer.Option(min=0, max=300, help="Imitate slower pods.")
    ] = 0.0,
    promotion_delay_seconds: Annotated[
        float, typer.Option(min=0, max=300, help="Imitate a slower promotion.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="Of the users' arrivals.")] = 1,
    data_megabytes: Annotated[
        int, typer.Option(min=0, max=20_000, help="Data in AWS's database to begin with, in MB.")
    ] = 0,
    failback: Annotated[
        bool, typer.Option("--failback/--no-failback", help="And home again, after a while.")
    ] = True,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", help="Also write the report's JSON here.", callback=writable_file),
    ] = None,
) -> None:
    """Rehearse a failover and the way home in the lab; exit 0 only if every promise held."""
    from lab.drill.drill import run_drill

    options = DrillOptions(
        lab=LabOptions(
            replication=replication.value,
            realtime=realtime,
            pod_start_seconds=pod_start_seconds,
            promotion_delay_seconds=promotion_delay_seconds,
        ),
        fault=fault.value,
        clients=clients,
        rate=rate,
        seed=seed,
        failback=failback,
        data_megabytes=data_megabytes,
    )
    outcome = run_drill(options, REPORTS, Console())
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(outcome.paths.json, json_file)
    if not outcome.held:
        raise typer.Exit(BROKEN_PROMISE)
