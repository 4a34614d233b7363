"""Holding a primary's writes: read-only for everybody, open sessions ended, the last LSN known.

Source: PostgreSQL 16, "Synchronous Replication", "Asynchronous Commit" and the references of
pg_terminate_backend and pg_logical_emit_message. Sessions
are terminated, never cancelled: cancelling a commit that waits for its synchronous standby answers
the client "success" for a row that only this site has.
"""

from landbridge.adapters.polling import poll
from landbridge.adapters.postgres import Connection
from landbridge.domain.errors import DatabaseUnreachableError
from landbridge.domain.lsn import parse_lsn

__all__ = ["hold_writes", "make_read_only", "release_writes"]

# A superuser's session cannot be ended by anybody less: it is waited for, and named.
_END_OTHERS = """
SELECT activity.usename, activity.application_name, COALESCE(activity.wait_event, activity.state),
       CASE WHEN NOT role.rolsuper THEN pg_terminate_backend(activity.pid) END
FROM pg_stat_activity AS activity JOIN pg_roles AS role ON role.oid = activity.usesysid
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
  AND datname = current_database() AND backend_start < :since
"""


def make_read_only(connection: Connection, timeout_seconds: float) -> None:
    """Let sessions that begin from now on write nothing; a standby keeps it when it is promoted.

    Raises DatabaseUnreachableError where the server does not read its new configuration.
    """
    connection.run("ALTER SYSTEM SET default_transaction_read_only = on")
    connection.run("SELECT pg_reload_conf()")

    def reloaded() -> bool | None:
        # Our own session reads the file at its next command, after the server that starts new ones.
        ((setting,),) = connection.run("SHOW default_transaction_read_only")
        return setting == "on" or None

    if not poll(reloaded, timeout_seconds, interval_seconds=0.05):
        raise DatabaseUnreachableError("the server did not read default_transaction_read_only")


def hold_writes(connection: Connection, timeout_seconds: float) -> tuple[int, int]:
    """Make the database read-only; return how many sessions were ended, and the final LSN.

    Raises DatabaseUnreachableError where sessions remain that began before the hold; it names them.
    """
    make_read_only(connection, timeout_seconds)
    ((since,),) = connection.run("SELECT clock_timestamp()")
    ended, others = 0, []

    def alone() -> bool | None:
        nonlocal ended, others
        others = connection.run(_END_OTHERS, since=since)
        ended = max(ended, sum(1 for *_, told in others if told))
        return not others or None

    if not poll(alone, timeout_seconds, interval_seconds=0.05):
        named = ", ".join(f"{user} ({name or 'no name'}: {busy})" for user, name, busy, _ in others)
        raise DatabaseUnreachableError(f"sessions from before the hold are still open: {named}")
    # This record is flushed when it returns, and with it what asynchronous commits left unflushed.
    connection.run("SET synchronous_commit = local")
    connection.run("SELECT pg_logical_emit_message(true, 'landbridge', 'hold')")
    ((final,),) = connection.run("SELECT pg_current_wal_flush_lsn()::text")
    return ended, parse_lsn(final)


def release_writes(connection: Connection) -> None:
    """Take the hold back; on a database that is not held nothing changes."""
    connection.run("ALTER SYSTEM RESET default_transaction_read_only")
    connection.run("SELECT pg_reload_conf()")
