"""``landbridge cost``: what the standby costs of the primary, and what a second of RTO costs."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from landbridge.cli.choices import Workload

if TYPE_CHECKING:
    from landbridge.configuration import Configuration
    from landbridge.domain.cost_report import CostInputs
    from landbridge.domain.prices import PriceTable
    from landbridge.domain.settings import Gameday

__all__ = ["cost"]

NOT_ALL = 1


def cost(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, on standard output.")] = False,
    prices: Annotated[Path, typer.Option(help="The table of prices.", dir_okay=False)] = Path(
        "prices.json"
    ),
    refresh: Annotated[
        bool,
        typer.Option("--refresh", help="First ask AWS and Azure for the prices, and keep them."),
    ] = False,
    workload: Workload = "",
) -> None:
    """Show what the standby costs: cold, warm and hot, landbridge itself, a GameDay."""
    from landbridge.adapters.price_table import read_prices
    from landbridge.cli.orchestrator import CONFIGURATION
    from landbridge.configuration import configuration_from_cdk_json
    from landbridge.domain.cost_report import cost_report

    inputs = _inputs(configuration_from_cdk_json(CONFIGURATION, workload))
    table, document = read_prices(prices)
    whole = _refresh(prices, table, document) if refresh else True
    report = cost_report(inputs, read_prices(prices)[0])
    if as_json:
        typer.echo(json.dumps(report.document(), indent=2, allow_nan=False))
    else:
        from landbridge.adapters.cost_tables import cost_tables

        Console().print(cost_tables(report))
    if not whole:
        raise typer.Exit(NOT_ALL)


def _inputs(configuration: "Configuration") -> "CostInputs":
    from landbridge.domain.cost import RtoFigure
    from landbridge.domain.cost_gameday import GamedayFacts
    from landbridge.domain.cost_orchestrator import OrchestratorFacts
    from landbridge.domain.cost_report import CostInputs

    asked = configuration.cost
    told = {"primary": asked.primary, "cold": asked.cold, "warm": asked.warm, "hot": asked.hot}
    figures = {"warm": asked.warm_rto, "hot": asked.hot_rto}
    return CostInputs(
        counts={name: counts for name, counts in told.items() if counts is not None},
        rto={
            name: RtoFigure(figure.seconds, figure.source)
            for name, figure in figures.items()
            if figure is not None
        },
        gameday=GamedayFacts(
            asked.gameday.hours, asked.gameday.rebuilt_gb, _looking(configuration)
        ),
        aws_regions=(configuration.primary_region, configuration.orchestrator_region),
        **_made(configuration),
        orchestrator=OrchestratorFacts(
            site_interval_seconds=configuration.health_checks.interval_seconds,
            secrets=len(configuration.secrets),
            hosted_zone=configuration.zone == "here" and not configuration.hosted_zone_id,
            forwarded=configuration.orchestrator_region != configuration.health_region,
        ),
    )


def _made(configuration: "Configuration") -> dict[str, Any]:
    """Return what is assumed where the sites are made by landbridge's own stacks."""
    from landbridge.domain.cost_made import PrimaryFacts, made_assumptions, made_counts

    asked = configuration.primary
    if asked is None:
        return {}
    facts = PrimaryFacts(
        node_type=asked.node_type,
        nodes=asked.nodes,
        node_disk_gb=asked.node_disk_gb,
        zones=len(asked.zones),
        vpn=asked.vpn is not None,
    )
    return {"assumed": made_counts(facts), "assumptions": made_assumptions(facts)}


def _looking(configuration: "Configuration") -> "Gameday":
    from landbridge.domain.settings import Gameday

    asked = configuration.gameday
    return Gameday(
        notice_seconds=asked.notice_seconds,
        soak_seconds=asked.soak_seconds,
        ways_seconds=asked.ways_seconds,
        look_seconds=asked.look_seconds,
    )


def _refresh(prices: Path, table: "PriceTable", document: dict[str, Any]) -> bool:
    """Ask for each price and keep those that were found; return whether all were."""
    from rich.progress import track

    from landbridge.adapters.cost_tables import refresh_table
    from landbridge.adapters.price_table import Vendors, write_prices
    from landbridge.adapters.price_table import refresh as ask

    # What is told is told beside the report, which may be JSON.
    console = Console(stderr=True)
    asked = sum(price.query is not None for price in table.prices.values())
    rows = list(track(ask(table, Vendors()), "Asking AWS and Azure", total=asked, console=console))
    found = {row.id: row.after for row in rows if row.after is not None}
    console.print(refresh_table(rows))
    if found:
        write_prices(prices, document, found, f"{datetime.now(UTC):%Y-%m-%d}")
    return len(found) == len(rows)
