"""The way back to a standby: a rewind against a base backup of everything."""

import json
import os
import shutil
import subprocess
from typing import Any

from rich.console import Console
from rich.progress import Progress

from lab.bench.measure import Measure
from lab.processes.folder import LabFolder
from lab.processes.waiting import wait_until
from lab.sites.certificates import Authority
from lab.sites.filling import MEGABYTE, change, fill
from lab.sites.image import postgres_image
from lab.sites.postgres import DATABASE
from lab.sites.replication import DatabasePair, start_pair

__all__ = ["compare_rebuilds"]

REFERENCE = "pg_basebackup of everything into an empty volume, with pg_verifybackup"
CAUGHT_UP = "SELECT replay_lsn >= pg_current_wal_lsn() FROM pg_stat_replication"
LIMIT_SECONDS = 300.0


def compare_rebuilds(
    console: Console, *, megabytes: int = 1024, changed_megabytes: int = 50
) -> list[Measure]:
    """Return the measure of one old primary, rebuilt in both ways from one serving site."""
    with Progress(console=console) as progress, LabFolder() as lab:
        task = progress.add_task(f"Filling {megabytes} MB", total=megabytes + 3)
        pair = start_pair(lab, Authority(lab.folder("certificates")), replication="async")
        # pg_rewind copies the WAL folder too, which a filling would swell to a gigabyte.
        for server in (pair.aws, pair.azure):
            server.configure(max_wal_size="160MB")
            server.query("SELECT pg_reload_conf()")
        fill(pair.aws, megabytes, lambda part: progress.advance(task, part))
        _fail_over(pair, changed_megabytes)
        progress.update(task, advance=1, description="Rebuilding by rewind")
        rewound = _rebuild(lab, pair, "rewind")
        progress.update(task, advance=1, description="Rebuilding by base backup")
        shutil.rmtree(pair.aws.data)
        copied = _rebuild(lab, pair, "basebackup")
        progress.advance(task, 1)
    for one in (rewound, copied):
        console.print(f"{one['method']}: {one['bytes'] / MEGABYTE:.0f} MB, {one['seconds']:.2f} s")
    label = f"rebuild, {megabytes} MB, {changed_megabytes} MB changed"
    return [Measure(label, "s", rewound["seconds"], copied["seconds"], REFERENCE)]


def _fail_over(pair: DatabasePair, changed_megabytes: int) -> None:
    wait_until(
        lambda: pair.aws.query(CAUGHT_UP) == [[True]],
        "standby that has all",
        timeout_seconds=LIMIT_SECONDS,
    )
    # A restartpoint: the WAL of the filling is no part of what a rewind copies.
    with pair.azure.superuser(timeout_seconds=LIMIT_SECONDS) as connection:
        connection.run("CHECKPOINT")
    pair.aws.kill()
    pair.azure.query("SELECT landbridge.keep_wal_for('aws')")
    pair.azure.query("SELECT pg_promote()")
    change(pair.azure, changed_megabytes)


def _rebuild(lab: LabFolder, pair: DatabasePair, method: str) -> dict[str, Any]:
    """Run the database pod's program on AWS's volume; return its last word."""
    image, volume = postgres_image(lab, "aws"), pair.aws.folder
    (volume / "pg_ident.conf").touch()
    environment = {
        **image.env,
        "SITE": "aws",
        "SLOT": "aws",
        "RUN": "bench",
        "DATA_FOLDER": str(volume),
        "SETTINGS_FOLDER": str(volume),
        "PRIMARY_CONNINFO": pair.source_of("aws"),
        "SOURCE_DATABASE": DATABASE,
    }
    done = subprocess.run(
        [*image.command, "rebuild"],
        env={**os.environ, **lab.environment(environment)},
        capture_output=True,
        text=True,
        check=False,
    )
    last: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if last.get("method") != method:
        raise RuntimeError(f"a rebuild by {method} was wanted, and it said {last}")
    return last
