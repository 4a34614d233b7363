"""PostgreSQL, one site's database: connect to it, look at it, and what a failover does to it.

Sources: PostgreSQL 16, "System Administration Functions", "The Cumulative Statistics System".
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import pg8000.exceptions
import pg8000.native

from landbridge.adapters.secrets import read_secret
from landbridge.domain.database import DatabaseLook, StandbyConnection, unreachable
from landbridge.domain.errors import (
    AccessDeniedError,
    DatabaseUnreachableError,
    LandbridgeError,
)
from landbridge.domain.lsn import parse_lsn, timeline_of_walfile
from landbridge.domain.settings import Database

__all__ = ["Connection", "connect", "heartbeat", "look", "look_at"]


class Connection(Protocol):
    """What landbridge needs of pg8000's native connection, which publishes no types."""

    def run(self, sql: str, **parameters: Any) -> list[list[Any]]:
        """Run one statement and return its rows."""
        ...

    def close(self) -> None:
        """Say goodbye."""
        ...


APPLICATION_NAME = "landbridge"
_DENIED = frozenset({"28000", "28P01", "42501"})


@contextmanager
def connect(database: Database, timeout_seconds: float) -> Iterator[Connection]:
    """Open a verified TLS connection for the block; the timeout bounds connecting and each read.

    Raises AccessDeniedError, or DatabaseUnreachableError for all else that went wrong in between.
    """
    secret = read_secret(database.secret)
    milliseconds = str(int(timeout_seconds * 1000))
    try:
        connection = pg8000.native.Connection(
            secret["username"],
            host=database.host,
            port=database.port,
            database=database.name,
            password=secret["password"],
            ssl_context=ssl.create_default_context(),
            timeout=timeout_seconds,
            application_name=APPLICATION_NAME,
            startup_params={"statement_timeout": milliseconds, "lock_timeout": milliseconds},
        )
        try:
            yield connection
        finally:
            _close(connection)
    except (pg8000.exceptions.Error, OSError) as error:
        raise translated(error, database) from error


def _close(connection: Connection) -> None:
    # A connection that broke cannot say goodbye; the error that broke it is already on its way.
    try:
        connection.close()
    except (pg8000.exceptions.Error, OSError):
        return


def translated(error: Exception, database: Database) -> LandbridgeError:
    """Return the error of the tree for what pg8000 or the socket raised."""
    where = f"database {database.host}:{database.port}"
    fields = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    if fields.get("C") in _DENIED:
        return AccessDeniedError(f"{where}: {fields.get('M', 'access denied')}")
    said = fields.get("M") or (f"{error.__cause__}" if error.__cause__ else f"{error}")
    return DatabaseUnreachableError(f"{where}: {said or type(error).__name__}")


_LOOK = """
SELECT pg_is_in_recovery(),
       current_setting('default_transaction_read_only') = 'on',
       CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_walfile_name(pg_current_wal_lsn()) END,
       CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_current_wal_flush_lsn()::text END,
       pg_last_wal_receive_lsn()::text,
       pg_last_wal_replay_lsn()::text,
       CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() END,
       current_setting('synchronous_standby_names'),
       (SELECT received_tli FROM pg_stat_wal_receiver),
       (SELECT timeline_id FROM pg_control_checkpoint()),
       (SELECT extract(epoch FROM max(beaten_at))::float8 FROM landbridge.heartbeat),
       (SELECT max(epoch) FROM landbridge.epoch)
"""


def look(site: str, connection: Connection) -> DatabaseLook:
    """Return what the connected database says of itself, in two queries."""
    (row,) = connection.run(_LOOK)
    recovering, read_only, walfile, current, received, replayed = row[:6]
    paused, synchronous, receiver_timeline, control_timeline, heartbeat_at, epoch = row[6:]
    # The running timeline shows in the WAL file's name at once; in pg_control after a checkpoint.
    timeline = timeline_of_walfile(walfile) if walfile else receiver_timeline or control_timeline
    return DatabaseLook(
        site=site,
        reachable=True,
        in_recovery=recovering,
        read_only=read_only,
        timeline=timeline,
        current_lsn=_position(current),
        received_lsn=_position(received),
        replayed_lsn=_position(replayed),
        replay_paused=paused,
        synchronous_standby_names=synchronous,
        standbys=() if recovering else _standbys(connection),
        heartbeat_at=heartbeat_at,
        epoch=epoch,
    )


def _standbys(connection: Connection) -> tuple[StandbyConnection, ...]:
    rows: Any = connection.run(
        "SELECT application_name, state, sync_state, replay_lsn::text FROM pg_stat_replication"
    )
    return tuple(
        StandbyConnection(name, state or "", sync_state or "", _position(replayed))
        for name, state, sync_state, replayed in rows
    )


def _position(text: str | None) -> int | None:
    return parse_lsn(text) if text else None


def look_at(site: str, database: Database, timeout_seconds: float) -> DatabaseLook:
    """Look at a database that may be down: what went wrong is the look's reason, not an error."""
    try:
        with connect(database, timeout_seconds) as connection:
            return look(site, connection)
    except (DatabaseUnreachableError, AccessDeniedError) as error:
        return unreachable(site, error.message)


def heartbeat(site: str, connection: Connection) -> None:
    """Write the time into the primary; how old it is on the standby is the lag in seconds."""
    # Local: a look must not wait for the very standby it looks at.
    connection.run("SET synchronous_commit = local")
    connection.run(
        "INSERT INTO landbridge.heartbeat (site, beaten_at, lsn)"
        " VALUES (:site, clock_timestamp(), pg_current_wal_lsn())"
        " ON CONFLICT (site) DO UPDATE SET beaten_at = excluded.beaten_at, lsn = excluded.lsn",
        site=site,
    )
