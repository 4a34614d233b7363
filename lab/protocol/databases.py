"""What a database of the model does, and what a step's look at it sees."""

from dataclasses import replace
from functools import cache

from lab.protocol.world import Site, Up, World
from landbridge.domain.database import DatabaseLook, StandbyConnection, unreachable

__all__ = [
    "STANDBY_NAME",
    "aws_commits",
    "aws_ready",
    "azure_commits",
    "copied",
    "final_position",
    "look_at_aws",
    "look_at_azure",
    "look_on_record",
    "streams_to_aws",
    "streams_to_azure",
]

STANDBY_NAME = "azure"
# Positions matter only against each other: a standby's, and one write beyond it.
_HERE, _BEYOND = 2, 3


def streams_to_azure(world: World) -> bool:
    """Whether Azure's standby receives what AWS commits."""
    aws, azure = world.aws, world.azure
    return aws.answers and not aws.standby and azure.answers and azure.standby


def streams_to_aws(world: World) -> bool:
    """Whether AWS's standby receives what Azure commits."""
    aws, azure = world.aws, world.azure
    return aws.answers and aws.standby and azure.answers and not azure.standby


def aws_commits(world: World) -> bool:
    """Whether a commit in AWS ends: it waits for Azure where it shall."""
    return world.aws.takes_writes and (not world.aws.waits or streams_to_azure(world))


def azure_commits(world: World) -> bool:
    """Whether a commit in Azure ends: it waits for nobody."""
    return world.azure.takes_writes


def aws_ready(world: World) -> bool:
    """Whether AWS's entry says so to those outside of it, rightly or not."""
    aws = world.aws
    return aws.up is not Up.DEAD and not aws.cut and aws_commits(world) is not aws.lies


def copied(source: Site, to: Site) -> Site:
    """Return the site whose database was rebuilt from ``source``: its standby, and running."""
    return to._replace(
        standby=True,
        epoch=source.epoch,
        timeline=source.timeline,
        up=Up.RUNNING,
        held=False,
        held_file=False,
        waits=False,
        lacks=source.lacks,
        writer=source.writer,
    )


def final_position(token: str) -> int | None:
    """Return the held primary's last position, as the promotion gate is told it."""
    return {"": None, "met": _HERE, "pending": _BEYOND}[token]


def look_at_aws(world: World) -> DatabaseLook:
    """Return what a step's look at AWS's database sees."""
    return _look("aws", world.aws, streams_to_azure(world), world.azure.lacks)


def look_at_azure(world: World) -> DatabaseLook:
    """Return what a step's look at Azure's database sees."""
    return _look("azure", world.azure, streams_to_aws(world), world.aws.lacks)


@cache
def look_on_record(noted: tuple[int, bool, bool, bool]) -> DatabaseLook:
    """Return the last look at AWS that was kept, as the promotion gate reads it."""
    timeline, waits, streams, behind = noted
    aws = Site(standby=False, epoch=1, timeline=timeline, waits=waits)
    return _look("aws", aws, streams, behind)


@cache
def _look(name: str, site: Site, streams: bool, behind: bool) -> DatabaseLook:  # noqa: FBT001 - a cache's key
    if not site.answers:
        return unreachable(name, "connection refused")
    seen = DatabaseLook(
        site=name,
        reachable=True,
        in_recovery=site.standby,
        read_only=site.held,
        timeline=site.timeline,
        epoch=site.epoch,
        synchronous_standby_names=STANDBY_NAME if site.waits else "",
    )
    if site.standby:
        return replace(
            seen,
            received_lsn=_HERE,
            replayed_lsn=_HERE,
            replay_paused=False,
            replay_starved=True,
        )
    other = STANDBY_NAME if name == "aws" else "aws"
    state = "sync" if site.waits else "async"
    links = (StandbyConnection(other, "streaming", state, _HERE),) if streams else ()
    return replace(seen, current_lsn=_BEYOND if behind else _HERE, standbys=links)
