"""Promoting a standby and proving that it takes writes.

Source: PostgreSQL 16, "Recovery Control Functions". One advisory lock on the standby keeps a
promotion and its undoing apart: the lock is in memory, so a database in recovery has it too.
"""

import pg8000.exceptions

from landbridge.adapters.epochs import check_epoch, checkpoint, write_epoch
from landbridge.adapters.polling import poll
from landbridge.adapters.postgres import Connection, connect, look
from landbridge.adapters.write_hold import make_read_only, release_writes
from landbridge.domain.database import DatabaseLook
from landbridge.domain.errors import (
    DatabaseNotWritableError,
    ReplayBehindError,
    StaleEpochError,
)
from landbridge.domain.settings import Database

__all__ = [
    "is_promoting",
    "left_recovery",
    "promote",
    "replayed_look",
    "resume_replay",
    "take_promotion_lock",
    "verify_writable",
]

# Any number does, as long as everybody uses the same one: "landbrid" read as eight bytes.
PROMOTION_LOCK = 0x6C616E6462726964

_NOT_IN_PREREQUISITE_STATE = "55000"


def take_promotion_lock(connection: Connection, timeout_seconds: float) -> None:
    """Hold the lock between promoting and undoing until the connection ends.

    Raises ReplayBehindError where the other one does not let go in time: try again.
    """

    def attempt() -> bool | None:
        ((held,),) = connection.run("SELECT pg_try_advisory_lock(:key)", key=PROMOTION_LOCK)
        return held or None

    if not poll(attempt, timeout_seconds):
        raise ReplayBehindError("another step is promoting or undoing at this moment")


def is_promoting(connection: Connection) -> bool:
    """Whether a database in recovery was told to promote and has not got there yet.

    PostgreSQL refuses to resume a replay that a promotion has ended already (SQLSTATE 55000). A
    replay that is paused goes on by this question; elsewhere it changes nothing.
    """
    try:
        connection.run("SELECT pg_wal_replay_resume()")
    except pg8000.exceptions.DatabaseError as error:
        if error.args[0].get("C") == _NOT_IN_PREREQUISITE_STATE:
            return True
        raise
    return False


def resume_replay(connection: Connection, seen: DatabaseLook) -> None:
    """End the pause that a look saw; where nothing is paused nothing changes."""
    if seen.in_recovery and seen.replay_paused:
        connection.run("SELECT pg_wal_replay_resume()")


def replayed_look(connection: Connection, upto: int | None, timeout_seconds: float) -> DatabaseLook:
    """Resume a paused replay, wait until what was received (and ``upto``) is replayed.

    Returns the last look, complete or not: the promotion gate decides what that means.
    """
    seen = look("azure", connection)
    resume_replay(connection, seen)

    def caught_up() -> DatabaseLook | None:
        nonlocal seen
        before, seen = seen, look("azure", connection)
        if not seen.in_recovery:
            return seen
        if seen.replay_paused or seen.whole_lsn < (upto or 0):
            return None
        whole = seen.whole_lsn >= (seen.received_lsn or 0)
        # Between two looks nothing came and nothing was replayed: the rest is a part of a record.
        still = (before.received_lsn, before.replayed_lsn) == (seen.received_lsn, seen.replayed_lsn)
        return seen if whole or (still and seen.replay_starved) else None

    poll(caught_up, timeout_seconds)
    return seen


def promote(connection: Connection, epoch: int, run: str, timeout_seconds: float) -> DatabaseLook:
    """Promote unless that is done already, and let the database take writes in ``epoch``.

    It is promoted read-only, and the epoch is committed before anybody else can write: no write is
    ever acknowledged in the epoch of the site before. Raises DatabaseNotWritableError when the time
    is over, StaleEpochError where the database is in a newer epoch.
    """
    seen = look("azure", connection)
    if (seen.epoch or 0) > epoch:
        # After the promotion this could not be undone any more.
        raise StaleEpochError(f"Azure's database is in epoch {seen.epoch}; {run} has {epoch}")
    if seen.in_recovery:
        make_read_only(connection, timeout_seconds)
        connection.run("SELECT pg_promote(false)")
    promoted = left_recovery("azure", connection, timeout_seconds)
    write_epoch(connection, "azure", epoch, run)
    check_epoch(connection, epoch, run)
    release_writes(connection)
    return promoted


def left_recovery(site: str, connection: Connection, timeout_seconds: float) -> DatabaseLook:
    """Return the look at a database that was told to promote; raise DatabaseNotWritableError."""

    def left() -> DatabaseLook | None:
        ((recovering,),) = connection.run("SELECT pg_is_in_recovery()")
        return None if recovering else look(site, connection)

    after = poll(left, timeout_seconds, interval_seconds=0.1)
    if after is None:
        raise DatabaseNotWritableError(f"still in recovery {timeout_seconds:g} s after pg_promote")
    return after


def verify_writable(database: Database, epoch: int, run: str, timeout_seconds: float) -> int:
    """Commit the epoch, read it back over a second connection, checkpoint; return the timeline.

    Raises DatabaseNotWritableError where the row is not there, StaleEpochError where a newer epoch
    is, or another run's row for this one.
    """
    with connect(database, timeout_seconds) as connection:
        timeline = write_epoch(connection, "azure", epoch, run)
    with connect(database, timeout_seconds) as connection:
        check_epoch(connection, epoch, run)
        checkpoint(connection)
    return timeline
