"""A real standby keeps its WAL for the other site, from before it is promoted."""

from collections.abc import Iterator

import pytest

from lab.processes.waiting import wait_until
from lab.sites.replication import DatabasePair
from landbridge.adapters.postgres import connect
from landbridge.adapters.slots import keep_wal
from tests.adapters.databases import database_of

LIMIT_SECONDS = 30.0
SLOTS = "SELECT slot_name, wal_status FROM pg_replication_slots"


@pytest.fixture
def standby(pair: DatabasePair, trusted: None) -> Iterator[DatabasePair]:  # noqa: ARG001 - for its effect
    """Return the pair; afterwards its standby has no slot."""
    yield pair
    pair.azure.query("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")


def kept(pair: DatabasePair, site: str = "aws") -> str:
    """Ask the standby to keep its WAL for a site."""
    with connect(database_of(pair.azure), LIMIT_SECONDS) as connection:
        return keep_wal(connection, site)


def test_a_standby_keeps_wal_from_its_last_checkpoint_on(standby: DatabasePair) -> None:
    """What the other site needs to be rewound to the promotion lies after it."""
    assert kept(standby) == ""
    assert standby.azure.query(SLOTS) == [["aws", "reserved"]]
    behind = "SELECT restart_lsn <= pg_last_wal_replay_lsn() FROM pg_replication_slots"
    assert standby.azure.query(behind) == [[True]]


def test_twice_is_one_slot(standby: DatabasePair) -> None:
    """One that was left, whatever it still has, is made anew."""
    assert (kept(standby), kept(standby)) == ("", "")
    assert standby.azure.query(SLOTS) == [["aws", "reserved"]]


def test_no_slot_is_made_that_could_fill_the_disk(standby: DatabasePair) -> None:
    """Without a limit on what slots keep there is none, and the reason is said."""
    setting = "SHOW max_slot_wal_keep_size"
    usual = standby.azure.query(setting)
    standby.azure.query("ALTER SYSTEM SET max_slot_wal_keep_size = -1")
    standby.azure.query("SELECT pg_reload_conf()")
    wait_until(lambda: standby.azure.query(setting) == [["-1"]], "no limit")
    reason = kept(standby)
    standby.azure.query("ALTER SYSTEM RESET max_slot_wal_keep_size")
    standby.azure.query("SELECT pg_reload_conf()")
    wait_until(lambda: standby.azure.query(setting) == usual, "the limit")
    assert reason == "max_slot_wal_keep_size has no limit"
    assert standby.azure.query(SLOTS) == []


def test_landbridge_makes_no_other_slot(standby: DatabasePair) -> None:
    """The function makes the two sites' slots; the role itself may make none."""
    assert kept(standby, "somebody") == "somebody is not a site"
    with connect(database_of(standby.azure), LIMIT_SECONDS) as connection:
        statement = "SELECT has_function_privilege('landbridge.keep_wal_for(text)', 'EXECUTE')"
        assert connection.run(statement) == [[True]]
        assert connection.run("SELECT rolreplication FROM pg_roles WHERE rolname = user") == [
            [False]
        ]
    assert standby.azure.query(SLOTS) == []


def test_a_database_without_the_function_says_so(standby: DatabasePair) -> None:
    """An older schema is a reason, not an error: the promotion goes on."""
    standby.aws.query("ALTER FUNCTION landbridge.keep_wal_for(text) RENAME TO gone")
    there = "SELECT to_regprocedure('landbridge.keep_wal_for(text)') IS NULL"
    wait_until(lambda: standby.azure.query(there) == [[True]], "the change in Azure")
    reason = kept(standby)
    standby.aws.query("ALTER FUNCTION landbridge.gone(text) RENAME TO keep_wal_for")
    assert "keep_wal_for" in reason
    wait_until(lambda: standby.azure.query(there) == [[False]], "the change in Azure")
