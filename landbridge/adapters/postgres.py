"""PostgreSQL, one site's database: connect to it, look at it, and what a failover does to it.

Sources: PostgreSQL 16, "System Administration Functions", "The Cumulative Statistics System".
"""

import socket
import ssl
from collections.abc import Iterator, Mapping
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
    SiteUnknownError,
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
    try:
        connection = _open(database, secret, timeout_seconds)
        try:
            yield connection
        finally:
            _close(connection)
    except (pg8000.exceptions.Error, OSError) as error:
        raise translated(error, database) from error


def _open(database: Database, secret: Mapping[str, str], timeout_seconds: float) -> Connection:
    milliseconds = str(int(timeout_seconds * 1000))
    plain = socket.create_connection((database.host, database.port), timeout_seconds)
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    try:
        opened: Connection = pg8000.native.Connection(
            secret["username"],
            sock=plain,
            host=database.host,
            database=database.name,
            password=secret["password"],
            ssl_context=ssl.create_default_context(),
            application_name=APPLICATION_NAME,
            startup_params={"statement_timeout": milliseconds, "lock_timeout": milliseconds},
        )
    except BaseException:
        plain.close()  # pg8000 leaves it open where the server does not answer its TLS request
        raise
    return opened


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
       CASE WHEN pg_is_in_recovery()
            THEN current_setting('recovery_min_apply_delay') <> '0' END,
       current_setting('synchronous_standby_names'),
       (SELECT received_tli FROM pg_stat_wal_receiver),
       GREATEST((SELECT timeline_id FROM pg_control_checkpoint()),
                (SELECT min_recovery_end_timeline FROM pg_control_recovery()),
                (SELECT max(('x' || substr(name, 1, 8))::bit(32)::int) FROM pg_ls_waldir()
                 WHERE name ~ '^[0-9A-F]{24}$')),
       (SELECT extract(epoch FROM max(beaten_at))::float8 FROM landbridge.heartbeat),
       (SELECT max(epoch) FROM landbridge.epoch),
       (SELECT wait_event IN ('RecoveryWalStream', 'RecoveryRetrieveRetryInterval')
        FROM pg_stat_activity WHERE backend_type = 'startup')
"""


def look(site: str, connection: Connection) -> DatabaseLook:
    """Return what the connected database says of itself, in two queries."""
    (row,) = connection.run(_LOOK)
    recovering, read_only, walfile, current, received, replayed = row[:6]
    paused, delayed, synchronous, receiver_timeline, written_timeline = row[6:11]
    heartbeat_at, epoch, starved = row[11:]
    # The running timeline shows in the WAL file's name at once; in pg_control after a checkpoint.
    # A standby that lost its primary has no receiver: what it received last names the timeline.
    timeline = timeline_of_walfile(walfile) if walfile else receiver_timeline or written_timeline
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
        replay_starved=starved,
        replay_delayed=delayed,
        synchronous_standby_names=synchronous,
        standbys=() if recovering else _standbys(connection),
        heartbeat_at=heartbeat_at,
        epoch=epoch,
    )


def _standbys(connection: Connection) -> tuple[StandbyConnection, ...]:
    rows: Any = connection.run(
        "SELECT application_name, state, sync_state, replay_lsn::text,"
        " extract(epoch FROM clock_timestamp() - backend_start)::float8 FROM pg_stat_replication"
    )
    return tuple(
        StandbyConnection(name, state or "", sync_state or "", _position(replayed), since)
        for name, state, sync_state, replayed, since in rows
    )


def _position(text: str | None) -> int | None:
    return parse_lsn(text) if text else None


def look_at(site: str, database: Database, timeout_seconds: float) -> DatabaseLook:
    """Look at a database that may be down: what went wrong is the look's reason, not an error.

    Raises ConfigurationError alone, where the database's secret is missing or malformed.
    """
    try:
        with connect(database, timeout_seconds) as connection:
            return look(site, connection)
    except (DatabaseUnreachableError, AccessDeniedError, SiteUnknownError) as error:
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
