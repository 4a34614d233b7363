"""``landbridge lab``: two clouds that stay up, for people who want to poke at them."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Annotated

import psutil
import typer
from rich.console import Console
from rich.table import Table

from lab.clouds.options import LabOptions
from lab.clouds.standing import STANDING, StandingLab, forget, lab_is_up, remember, standing_lab
from landbridge.cli.choices import Replication
from landbridge.domain.errors import ConfigurationError

__all__ = ["app"]

app = typer.Typer(help="Two clouds on this machine, to poke at.", no_args_is_help=True)

START_SECONDS = 180.0
STOP_SECONDS = 30.0
LOG = Path(".lab/lab.log")


@app.command()
def up(
    replication: Annotated[
        Replication, typer.Option(help="How AWS replicates.")
    ] = Replication.SYNC,
) -> None:
    """Start the lab in the background and print how to use it."""
    console = Console()
    if lab_is_up():
        raise ConfigurationError(
            "a lab is up already", "landbridge lab status, landbridge lab down"
        )
    STANDING.parent.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "landbridge.cli.main", "lab", "hold"]
    with LOG.open("wb") as log:
        child = subprocess.Popen(
            [*command, "--replication", replication.value],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    give_up = time.monotonic() + START_SECONDS
    with console.status("Starting two clouds"):
        while not STANDING.exists():
            if child.poll() is not None or time.monotonic() > give_up:
                raise ConfigurationError(f"the lab did not start: {LOG.read_text()[-2000:]}")
            time.sleep(0.1)
    _show(standing_lab(), console)


@app.command(hidden=True)
def hold(
    replication: Annotated[Replication, typer.Option()] = Replication.SYNC,
) -> None:
    """Be the lab's owner until told to end."""
    from lab.clouds.clouds import Clouds

    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _received, _frame: ended.set())
    with Clouds(LabOptions(replication=replication.value)) as clouds:
        clouds.let_a_minute_pass()
        remember(clouds.standing())
        try:
            ended.wait()
        finally:
            forget()


@app.command()
def down() -> None:
    """End the lab; nothing of it stays."""
    lab = standing_lab()
    os.kill(lab.pid, signal.SIGTERM)
    give_up = time.monotonic() + STOP_SECONDS
    while psutil.pid_exists(lab.pid) or Path(lab.folder).exists():
        if time.monotonic() > give_up:
            raise ConfigurationError(f"process {lab.pid} does not end", f"kill {lab.pid}")
        time.sleep(0.05)
    Console().print("The lab is down.")


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Say whether a lab is up, and where its parts listen."""
    lab = standing_lab()
    if as_json:
        typer.echo(json.dumps(vars(lab), indent=2))
        return
    _show(lab, Console())


def _show(lab: StandingLab, console: Console) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in vars(lab).items():
        table.add_row(name.replace("_", " "), str(value))
    console.print(table)
    server, _, port = lab.name_server.partition(":")
    console.print(f"\ndig @{server} -p {port} {lab.name}", markup=False)
    console.print('landbridge failover --lab --reason "try" --planned --watch', markup=False)
