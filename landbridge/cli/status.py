"""``landbridge status``: the one screen for 3 am."""

import contextlib
import json
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from landbridge.cli.choices import Workload
from landbridge.cli.orchestrator import surroundings_of

if TYPE_CHECKING:
    from landbridge.adapters.status_look import Surroundings
    from landbridge.domain.status import Status

__all__ = ["status"]

_LOOK_SECONDS = 2.0
_LOOKING = "Looking at AWS, Azure and DNS"


def status(
    follow: Annotated[bool, typer.Option("--watch", help="Look again and again.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    workload: Workload = "",
    lab: Annotated[
        bool, typer.Option("--lab", help="In the lab that is up on this machine.")
    ] = False,
) -> None:
    """Say who serves, whether a failover would work, what runs, and what to do next.

    Where cdk.json has several workloads and none is named, a line for each.
    """
    if follow and as_json:
        raise typer.BadParameter("one of --watch and --json", param_hint="--watch")
    from landbridge.adapters.status_look import status_now

    several = [] if lab or workload else _several()
    if several:
        _show_all(several, as_json=as_json, follow=follow)
        return
    around = surroundings_of(lab=lab, workload=workload)
    if as_json:
        typer.echo(json.dumps(_document(status_now(around)), indent=2))
    elif follow:
        _watch(around)
    else:
        _show(around)


def _show(around: "Surroundings") -> None:
    from landbridge.adapters.status_look import status_now
    from landbridge.adapters.status_screen import fitted_screen

    console = Console()
    # Where a cloud is away, a look takes seconds: on the terminal it says so meanwhile.
    with Console(stderr=True).status(_LOOKING):
        seen = status_now(around)
    console.print(fitted_screen(seen, around.names.workload, console))


def _watch(around: "Surroundings") -> None:
    from rich.live import Live

    from landbridge.adapters.status_look import status_now
    from landbridge.adapters.status_screen import fitted_screen

    with contextlib.suppress(KeyboardInterrupt), Live(_LOOKING, refresh_per_second=4) as live:
        while True:
            seen = status_now(around)
            live.update(fitted_screen(seen, around.names.workload, live.console))
            time.sleep(_LOOK_SECONDS)


def _several() -> list[str]:
    """Return the workloads' names where cdk.json has several; nothing where it has one or none."""
    from landbridge.cli.orchestrator import CONFIGURATION
    from landbridge.configuration import deployment_from_cdk_json

    if not CONFIGURATION.exists():
        return []
    deployment = deployment_from_cdk_json(CONFIGURATION)
    return list(deployment.names) if deployment.has_waves else []


def _show_all(names: list[str], *, as_json: bool, follow: bool) -> None:
    if follow:
        raise typer.BadParameter("name one workload: --workload", param_hint="--watch")
    from concurrent.futures import ThreadPoolExecutor

    from landbridge.adapters.status_look import status_now
    from landbridge.adapters.waves_table import standing_table

    with Console(stderr=True).status(_LOOKING), ThreadPoolExecutor() as pool:
        around = [surroundings_of(lab=False, workload=name) for name in names]
        seen = dict(zip(names, pool.map(status_now, around), strict=True))
    if as_json:
        told = {name: _document(one) for name, one in seen.items()}
        typer.echo(json.dumps({"workloads": told}, indent=2))
    else:
        Console().print(standing_table(seen))


def _document(seen: "Status") -> dict[str, Any]:
    from landbridge.domain.next_step import decide_next

    report, following = seen.report, decide_next(seen)
    gate = dict(report.gate or {}) if report else {}
    return {
        "at": seen.at,
        "active": report.active if report else "unknown",
        "gate": seen.gate.value if seen.gate else gate.get("state"),
        "epoch": gate.get("epoch"),
        "lag_bytes": report.lag_bytes if report else None,
        "lag_seconds": report.lag_seconds if report else None,
        "dns": seen.dns,
        "readiness": report.result.value if report else "unknown",
        "checked_at": report.at if report else None,
        "checks": [vars(check) for check in report.red()] if report else [],
        "automatic_off": report.automatic_off() if report else None,
        "run": vars(seen.run) if seen.run else None,
        "gameday": vars(seen.gameday) if seen.gameday else None,
        "unseen": dict(seen.unseen),
        "next": vars(following),
    }
