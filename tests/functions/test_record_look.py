"""The minutely look at replication: what the promotion gate will know when AWS is gone."""

import json
from dataclasses import asdict

import pytest

from landbridge.adapters.runs import read_look
from landbridge.domain.database import DatabaseLook, StandbyConnection
from landbridge.domain.errors import DatabaseUnreachableError
from tests.functions.world import World


def test_a_look_is_kept_whole(world: World) -> None:
    """What was seen of the primary comes back as it was, after its heartbeat was written."""
    assert world.run("record_look", {}) == {"recorded": True, "standbys": 1, "in_azure": ""}
    assert read_look() == DatabaseLook(
        site="aws",
        reachable=True,
        in_recovery=False,
        read_only=False,
        timeline=1,
        current_lsn=100_000,
        synchronous_standby_names="azure",
        standbys=(StandbyConnection("azure", "streaming", "sync", 100_000, 3600.0),),
        heartbeat_at=101.0,
        epoch=1,
    )


def test_a_primary_that_is_gone_leaves_the_last_look(world: World) -> None:
    """An outage does not wipe out what was known before it."""
    world.run("record_look", {})
    before = read_look()
    world.aws.up = False
    with pytest.raises(DatabaseUnreachableError):
        world.run("record_look", {})
    assert read_look() == before


def test_a_held_primary_gets_no_heartbeat(world: World) -> None:
    """Looking at a fenced primary writes nothing into it."""
    world.aws.read_only = True
    assert world.run("record_look", {}) == {"recorded": True, "standbys": 1, "in_azure": ""}
    assert world.aws.heartbeat_at == 100.0


def test_a_standby_is_not_recorded_as_the_primary(world: World) -> None:
    """Once AWS is somebody's standby, its look is not the primary's."""
    world.aws.in_recovery = True
    assert world.run("record_look", {})["recorded"] is False
    assert read_look() is None


def test_looking_twice_leaves_one_look(world: World) -> None:
    """The table holds the last look, not a row a minute."""
    world.run("record_look", {})
    world.run("record_look", {})
    assert list(world.table) == [("last-look", "look")]
    document = json.loads(world.table["last-look", "look"]["document"])
    assert document["heartbeat_at"] == 102.0
    seen = read_look()
    assert seen is not None
    assert asdict(seen) == document | {"standbys": tuple(document["standbys"])}
