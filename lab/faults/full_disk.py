"""No space left on the disk of a site's database."""

from lab.faults.fault import Effect, Fault, Order, Scene
from lab.faults.sites import (
    SITES,
    ask,
    comes_back,
    database_of,
    primaries,
    restart_pod,
    standby,
    streams,
    wait_well,
)
from lab.processes.waiting import wait_until
from lab.sites.disk import why_never_full

__all__ = ["FAULTS"]

# What fills a disk of PostgreSQL's is mostly WAL: the file in use ends, and there is no next one.
_USE_UP = "SELECT pg_logical_emit_message(false, 'lab', 'full')", "SELECT pg_switch_wal()"


def _fill(scene: Scene, site: str) -> None:
    """Leave no space and use up the WAL file that is open: the next one cannot be made.

    A primary panics, and can't start again, since it can't write its pid file. A standby receives
    nothing more. One that does not run has no use for space until it is started.
    """
    clouds = scene.clouds
    database_of(clouds, site).disk.fill()
    if not (site in primaries(clouds) or (standby(clouds) == site and streams(clouds, site))):
        return

    def stopped() -> bool:
        for primary in primaries(clouds):
            for statement in _USE_UP:
                ask(clouds, primary, statement)
        return ask(clouds, site, "SELECT 1") is None or not (
            site in primaries(clouds) or streams(clouds, site)
        )

    wait_until(stopped, f"{site}'s database out of space")


def _free(scene: Scene, site: str) -> None:
    clouds, server = scene.clouds, database_of(scene.clouds, site)
    server.disk.free()
    if comes_back(clouds, site) and not server.answers():
        restart_pod(clouds, site)


def _back(scene: Scene, site: str) -> None:
    wait_well(scene.clouds, site)


def _effect(site: str, _replication: str) -> Effect:
    return Effect.OUTAGE if site == "aws" else Effect.COMPANION


FAULTS = (
    Fault(
        "disk-full",
        "A site's database has no space left on its disk (ENOSPC)",
        _effect,
        _fill,
        _free,
        _back,
        arguments=SITES,
        order=Order.FIRST,
        why_not=why_never_full,
    ),
)
