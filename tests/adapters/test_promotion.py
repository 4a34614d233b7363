"""Promoting a real standby, and proving that it takes writes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pg8000.exceptions
import pytest

from lab.processes.folder import LabFolder
from lab.processes.waiting import wait_until
from lab.sites.certificates import Authority
from lab.sites.replication import DatabasePair, start_pair
from landbridge.adapters.epochs import write_epoch
from landbridge.adapters.postgres import Connection, connect, look, look_at
from landbridge.adapters.promotion import (
    is_promoting,
    left_recovery,
    promote,
    replayed_look,
    take_promotion_lock,
    verify_writable,
)
from landbridge.domain.database import DatabaseLook
from landbridge.domain.errors import DatabaseNotWritableError, ReplayBehindError, StaleEpochError
from landbridge.domain.settings import Database
from tests.adapters.databases import credentials_of, database_of
from tests.lab.sites.test_database_pair import NEW_ORDER

LIMIT_SECONDS = 30.0
ORDERS = "SELECT number FROM public.orders ORDER BY number"


@pytest.fixture
def standby(pair: DatabasePair, trusted: None) -> Database:  # noqa: ARG001 - for its effect
    """Return a standby that these tests leave one."""
    return database_of(pair.azure)


@pytest.fixture(scope="module")
def promoted_pair(authority: Authority) -> Iterator[DatabasePair]:
    """Start a pair whose standby the tests may promote: it has an order that a delay holds back."""
    with LabFolder() as lab:
        pair = start_pair(lab, authority, replication="async")
        wait = f"until test -e {pair.azure.folder}/go; do sleep 0.05; done"
        pair.azure.configure(recovery_min_apply_delay="1h", recovery_end_command=wait)
        pair.azure.query("SELECT pg_reload_conf()")
        pair.aws.query(NEW_ORDER)
        [[end]] = pair.aws.query("SELECT pg_current_wal_lsn()::text")
        received = "SELECT pg_last_wal_receive_lsn() >= CAST(:end AS pg_lsn)"
        wait_until(lambda: pair.azure.query(received, end=end) == [[True]], "the order received")
        assert pair.azure.query(ORDERS) == []
        yield pair


@dataclass
class Promotion:
    """A promotion, whether a client's order was refused before its epoch, and who knew of it."""

    timeline: int | None
    refused: bool
    known: list[bool]  # before it, and while it is on


@pytest.fixture(scope="module")
def promotion(promoted_pair: DatabasePair, authority: Authority) -> Promotion:
    """Promote the standby, and try an order at the moment before its epoch is committed."""
    refused: list[bool] = []
    known: list[bool] = []

    def while_it_is_on(site: str, connection: Connection, limit: float) -> DatabaseLook:
        wait_until(lambda: is_promoting(connection), "promotion that is on")
        known.append(look(site, connection).in_recovery is True)
        (promoted_pair.azure.folder / "go").touch()
        return left_recovery(site, connection, limit)

    def late(*arguments: Any) -> int:
        try:
            promoted_pair.azure.query(NEW_ORDER)
        except pg8000.exceptions.DatabaseError as error:
            refused.append("read-only" in str(error))
        return write_epoch(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(authority.path))
        patch.setattr("landbridge.adapters.postgres.read_secret", credentials_of(promoted_pair))
        patch.setattr("landbridge.adapters.promotion.write_epoch", late)
        patch.setattr("landbridge.adapters.promotion.left_recovery", while_it_is_on)
        with connect(database_of(promoted_pair.azure), LIMIT_SECONDS) as connection:
            # At once: what the delay holds back is not waited for.
            before = replayed_look(connection, None, 0)
            assert before.whole_lsn >= (before.received_lsn or 0) > 0
            known.append(is_promoting(connection))
            seen = promote(connection, 2, "run-a", LIMIT_SECONDS)
    return Promotion(seen.timeline, refused == [True], known)


@pytest.fixture
def promoted(
    promotion: Promotion,
    promoted_pair: DatabasePair,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
) -> Database:
    """Return the promoted database."""
    assert promotion.timeline == 2
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    read_secret = credentials_of(promoted_pair)
    monkeypatch.setattr("landbridge.adapters.postgres.read_secret", read_secret)
    return database_of(promoted_pair.azure)


def test_a_paused_replay_goes_on_and_catches_up(pair: DatabasePair, standby: Database) -> None:
    """What the standby had received while paused is replayed before anybody decides."""
    pair.azure.query("SELECT pg_wal_replay_pause()")
    [number] = pair.aws.query(NEW_ORDER)  # acknowledged: the standby has it, unreplayed
    with connect(standby, LIMIT_SECONDS) as connection:
        seen = replayed_look(connection, None, LIMIT_SECONDS)
    assert (seen.replay_paused, seen.replayed_lsn) == (False, seen.received_lsn)
    assert number in pair.azure.query("SELECT number FROM public.orders")


def test_a_position_that_never_comes_is_not_waited_for_for_ever(standby: Database) -> None:
    """When the time is over the last look is returned, behind as it is."""
    wanted = 2**60
    with connect(standby, LIMIT_SECONDS) as connection:
        seen = replayed_look(connection, wanted, 0.2)
    assert seen.in_recovery
    assert (seen.replayed_lsn or 0) < wanted


def test_promoting_and_undoing_exclude_each_other(standby: Database) -> None:
    """The lock works on a database in recovery, and ends with its holder's connection."""
    with connect(standby, LIMIT_SECONDS) as first, connect(standby, LIMIT_SECONDS) as second:
        take_promotion_lock(first, 0)
        with pytest.raises(ReplayBehindError):
            take_promotion_lock(second, 0)
        first.close()
        take_promotion_lock(second, LIMIT_SECONDS)


def test_a_standby_is_not_writable(standby: Database) -> None:
    """A database in recovery is not taken for a writable one."""
    with pytest.raises(DatabaseNotWritableError, match="recovery"):
        verify_writable(standby, 2, "run-a", LIMIT_SECONDS)


def test_what_a_delay_held_back_is_there_after_the_promotion(
    promoted: Database,  # noqa: ARG001 - it is promoted
    promoted_pair: DatabasePair,
) -> None:
    """PostgreSQL ends its delay when it is promoted and replays what it had received."""
    assert promoted_pair.azure.query(ORDERS) == promoted_pair.aws.query(ORDERS) != []


def test_nobody_writes_before_the_epoch_is_committed(
    promotion: Promotion, promoted: Database, promoted_pair: DatabasePair
) -> None:
    """A promoted database is read-only until its own epoch is there, and takes writes then."""
    assert promotion.refused
    assert look_at("azure", promoted, LIMIT_SECONDS).epoch == 2
    assert promoted_pair.azure.query(NEW_ORDER)


def test_a_promotion_that_is_on_is_known(promotion: Promotion) -> None:
    """In recovery still, and told to promote: not before, and from then on."""
    assert promotion.known == [False, True]


def test_an_epoch_that_is_over_promotes_nothing(pair: DatabasePair, standby: Database) -> None:
    """A run that a newer one has overtaken leaves the standby one, and what may be written."""
    with (
        connect(standby, LIMIT_SECONDS) as connection,
        pytest.raises(StaleEpochError, match="in epoch 1; run-a has 0"),
    ):
        promote(connection, 0, "run-a", LIMIT_SECONDS)
    seen = pair.azure.query(
        "SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only')"
    )
    assert seen == [[True, "off"]]


def test_promoting_twice_is_one_promotion(promoted: Database) -> None:
    """A promoted database is left as it is, on its one new timeline."""
    with connect(promoted, LIMIT_SECONDS) as connection:
        again = promote(connection, 2, "run-a", LIMIT_SECONDS)
    assert (again.is_primary, again.timeline) == (True, 2)


def test_writable_is_what_was_written_and_read_back(
    promoted: Database, promoted_pair: DatabasePair
) -> None:
    """The epoch is there once however often it is asked for."""
    assert verify_writable(promoted, 2, "run-a", LIMIT_SECONDS) == 2
    assert verify_writable(promoted, 2, "run-a", LIMIT_SECONDS) == 2
    rows = promoted_pair.azure.query(
        "SELECT site, run, timeline FROM landbridge.epoch WHERE epoch = 2"
    )
    assert rows == [["azure", "run-a", 2]]


def test_a_later_rewind_finds_the_new_timeline(
    promoted: Database, promoted_pair: DatabasePair
) -> None:
    """A checkpoint later than the epoch's write is on disk, on the new timeline."""
    [[before]] = promoted_pair.azure.query("SELECT pg_current_wal_insert_lsn()::text")
    verify_writable(promoted, 2, "run-a", LIMIT_SECONDS)
    control = promoted_pair.azure.query(
        "SELECT timeline_id, redo_lsn >= CAST(:before AS pg_lsn) FROM pg_control_checkpoint()",
        before=before,
    )
    assert control == [[2, True]]


@pytest.mark.parametrize(("epoch", "run"), [(1, "run-b"), (2, "run-b"), (3, "run-b"), (4, "a")])
def test_an_epoch_that_is_over_is_refused(
    promoted: Database, promoted_pair: DatabasePair, epoch: int, run: str
) -> None:
    """A run whose epoch is older than the database's, or another run's, writes nothing."""
    verify_writable(promoted, 4, "run-d", LIMIT_SECONDS)
    rows = "SELECT * FROM landbridge.epoch ORDER BY epoch"
    before = promoted_pair.azure.query(rows)
    with pytest.raises(StaleEpochError, match=f"epoch {epoch}"):
        verify_writable(promoted, epoch, run, LIMIT_SECONDS)
    assert promoted_pair.azure.query(rows) == before


def test_a_held_database_is_proven_writable(
    promoted: Database, promoted_pair: DatabasePair
) -> None:
    """A hold that replicated nowhere but was left on does not keep the epoch from being written."""
    promoted_pair.azure.query("ALTER SYSTEM SET default_transaction_read_only = on")
    promoted_pair.azure.query("SELECT pg_reload_conf()")
    verify_writable(promoted, 5, "run-e", LIMIT_SECONDS)
    assert look_at("azure", promoted, LIMIT_SECONDS).epoch == 5
