"""Holding a real primary's writes while its standby hears nothing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pg8000.exceptions
import pytest

from lab.processes.waiting import wait_until
from lab.sites.replication import DatabasePair
from landbridge.adapters.postgres import connect, look_at
from landbridge.adapters.switchover import hold_unadmitted
from landbridge.adapters.write_hold import hold_writes, release_writes
from landbridge.domain.errors import DatabaseUnreachableError
from tests.adapters.databases import database_of
from tests.lab.sites.conftest import Login, login
from tests.lab.sites.test_database_pair import NEW_ORDER, commit_waits

__all__ = ["login"]

LIMIT_SECONDS = 10.0


@pytest.fixture(autouse=True)
def _as_it_was(pair: DatabasePair, trusted: None) -> Iterator[None]:  # noqa: ARG001 - for its effect
    yield
    pair.link.heal()
    with connect(database_of(pair.aws), LIMIT_SECONDS) as connection:
        release_writes(connection)
    wait_until(lambda: not held(pair), "released primary")


def held(pair: DatabasePair) -> bool:
    """Tell whether a new session is read-only."""
    return pair.aws.query("SHOW default_transaction_read_only") == [["on"]]


def hold(pair: DatabasePair) -> tuple[int, int]:
    """Hold AWS's writes as the fence does."""
    with connect(database_of(pair.aws), LIMIT_SECONDS) as connection:
        return hold_writes(connection, LIMIT_SECONDS)


def test_a_write_that_waits_for_the_standby_is_never_acknowledged(
    pair: DatabasePair,
    login: Login,
) -> None:
    """The client of a waiting commit gets a broken connection, not a number for its order."""

    def order() -> object:
        with login(pair.aws, "orders") as connection:
            return connection.run(NEW_ORDER)

    pair.link.hold()
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(order)
        wait_until(lambda: commit_waits(pair.aws), "commit that waits")
        ended, _ = hold(pair)
        with pytest.raises((pg8000.exceptions.Error, OSError)):
            waiting.result(timeout=30)
    assert ended == 1


def test_new_writes_are_refused_and_reads_are_not(
    pair: DatabasePair,
    login: Login,
) -> None:
    """A held database says that it is read-only; its last position covers every earlier order."""
    [[before]] = pair.aws.query("SELECT pg_current_wal_insert_lsn() - '0/0'")
    _, final = hold(pair)
    assert final >= before
    with login(pair.aws, "orders") as connection:
        with pytest.raises(pg8000.exceptions.DatabaseError, match="read-only transaction"):
            connection.run(NEW_ORDER)
        assert connection.run("SELECT count(*) >= 0 FROM public.orders") == [[True]]
    assert look_at("aws", database_of(pair.aws), LIMIT_SECONDS).read_only is True


def test_the_last_position_covers_asynchronous_commits(pair: DatabasePair) -> None:
    """What a session was told is committed, flushed or not, lies before the hold's position."""
    with pair.aws.superuser("orders") as connection:
        connection.run("SET synchronous_commit = off")
        connection.run(NEW_ORDER)
        [[written]] = connection.run("SELECT pg_current_wal_insert_lsn() - '0/0'")
    assert hold(pair)[1] > written


def test_holding_twice_is_one_hold(pair: DatabasePair) -> None:
    """The second hold ends nobody, its position covers the first; one release takes both back."""
    _, final = hold(pair)
    ended, again = hold(pair)
    assert (ended, again >= final) == (0, True)  # a server writes a little WAL of its own accord
    with connect(database_of(pair.aws), LIMIT_SECONDS) as connection:
        release_writes(connection)
        release_writes(connection)
    wait_until(lambda: not held(pair), "released primary")
    assert len(pair.aws.query(NEW_ORDER)) == 1


def test_a_superusers_session_is_no_hold_until_it_has_gone(pair: DatabasePair) -> None:
    """Nobody less can end it: the hold names it rather than give a position, then succeeds."""
    with (
        pair.aws.superuser("orders"),
        connect(database_of(pair.aws), LIMIT_SECONDS) as connection,
        pytest.raises(DatabaseUnreachableError, match=r"still open: postgres \(.*ClientRead\)"),
    ):
        hold_writes(connection, 0.1)
    assert held(pair)
    assert hold(pair)[1] > 0


def test_a_hold_that_was_lifted_in_the_file_alone_is_put_back(pair: DatabasePair) -> None:
    """An admission died before the reload: after its undo AWS is held at its next start too."""
    hold(pair)
    pair.aws.query("ALTER SYSTEM RESET default_transaction_read_only")
    azure = look_at("azure", database_of(pair.azure), LIMIT_SECONDS)
    why = hold_unadmitted(database_of(pair.aws), azure, LIMIT_SECONDS)
    assert why == "it is held read-only"
    in_files = "SELECT setting FROM pg_file_settings WHERE name = 'default_transaction_read_only'"
    assert pair.aws.query(in_files) == [["on"]]
    assert held(pair)
