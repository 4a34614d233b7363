"""The return's switchover on AWS's database: caught up, promoted but held, and then admitted.

AWS is promoted read-only. Only ``admit`` lets it take writes, so until then Azure can take its own
back without two sites ever accepting writes, whatever is or is not known of AWS.

Source: PostgreSQL 16, "ALTER SYSTEM" (allowed in recovery: it writes a file), "Recovery Control
Functions", "Replication Settings".
"""

from landbridge.adapters.epochs import check_epoch, checkpoint, write_epoch
from landbridge.adapters.polling import poll
from landbridge.adapters.postgres import Connection, connect, look
from landbridge.adapters.promotion import left_recovery, resume_replay, take_promotion_lock
from landbridge.adapters.write_hold import hold_writes, make_read_only, release_writes
from landbridge.domain.database import DatabaseLook
from landbridge.domain.errors import AlreadyPromotedError, ReplayBehindError, SiteUnknownError
from landbridge.domain.failback import why_not_admitted
from landbridge.domain.lsn import format_lsn
from landbridge.domain.settings import Database

__all__ = ["admit", "hold_unadmitted", "promote_held", "require_standby", "wait_replayed"]

_SLOTS = """
SELECT link.sync_state, slot.wal_status
FROM pg_stat_replication AS link JOIN pg_replication_slots AS slot ON slot.active_pid = link.pid
WHERE link.application_name = :name AND link.state = 'streaming'
"""


def wait_replayed(connection: Connection, final_lsn: int, timeout_seconds: float) -> DatabaseLook:
    """Return AWS's look once it has replayed the token, or is promoted; raise ReplayBehindError."""
    seen = look("aws", connection)
    resume_replay(connection, seen)

    def replayed() -> DatabaseLook | None:
        nonlocal seen
        seen = look("aws", connection)
        there = not seen.in_recovery or seen.whole_lsn >= final_lsn
        return seen if there else None

    if poll(replayed, timeout_seconds, interval_seconds=0.1) is None:
        behind = final_lsn - seen.whole_lsn
        raise ReplayBehindError(
            f"AWS's standby is {behind} bytes short of the final {format_lsn(final_lsn)}"
            f" after {timeout_seconds:g} s"
        )
    return seen


def promote_held(connection: Connection, timeout_seconds: float) -> DatabaseLook:
    """Promote AWS so that it takes no writes yet; return its look. Promoting twice is once.

    Raises DatabaseNotWritableError when the time is over.
    """
    take_promotion_lock(connection, timeout_seconds)
    if look("aws", connection).in_recovery:
        make_read_only(connection, timeout_seconds)
        # Nobody is its standby yet: its first commits would wait for one for ever.
        connection.run("ALTER SYSTEM SET synchronous_standby_names = ''")
        connection.run("SELECT pg_reload_conf()")
        connection.run("SELECT pg_promote(false)")
    return left_recovery("aws", connection, timeout_seconds)


def admit(database: Database, epoch: int, run: str, timeout_seconds: float) -> int:
    """Let AWS take writes in ``epoch``; return its timeline.

    The epoch is committed and read back first. Raises DatabaseNotWritableError, and StaleEpochError
    where AWS is in a newer epoch, or this one is another run's.
    """
    with connect(database, timeout_seconds) as connection:
        take_promotion_lock(connection, timeout_seconds)
        timeline = write_epoch(connection, "aws", epoch, run)
        check_epoch(connection, epoch, run)
        checkpoint(connection)
        release_writes(connection)
    return timeline


def hold_unadmitted(database: Database, azure: DatabaseLook, timeout_seconds: float) -> str:
    """Make sure that AWS takes no writes, now and when it starts again; return why it does not.

    An admission that died half way may have lifted the hold in the settings file alone: at its next
    start AWS would take writes beside Azure. Raises AlreadyPromotedError where AWS was admitted,
    SiteUnknownError where ``azure``, whose epoch tells that, was not seen.
    """
    if not azure.reachable:
        raise SiteUnknownError(f"Azure's database: {azure.reason}")
    with connect(database, timeout_seconds) as connection:
        take_promotion_lock(connection, timeout_seconds)
        aws = look("aws", connection)
        why = why_not_admitted(aws, azure)
        if why == "":
            raise AlreadyPromotedError("AWS's database takes writes: nothing is undone")
        if aws.is_primary:
            hold_writes(connection, timeout_seconds)
    return why


def require_standby(
    connection: Connection, name: str, *, synchronous: bool, timeout_seconds: float
) -> str:
    """Make AWS wait for the standby ``name`` again, if it shall; return its slot's WAL status.

    That is ``reserved`` where the WAL that it needs is kept. Empty where the standby does not
    stream by a slot of its own, or is not in that state, within the time.
    """
    wanted = "sync" if synchronous else "async"

    def streams(states: frozenset[str]) -> str | None:
        rows = connection.run(_SLOTS, name=name)
        return next((str(status) for state, status in rows if state in states), None)

    # Not before it streams: every commit would wait.
    if poll(lambda: streams(frozenset({"sync", "async"})), timeout_seconds) is None:
        return ""
    value = f"'{name}'" if synchronous else "''"
    connection.run(f"ALTER SYSTEM SET synchronous_standby_names = {value}")
    connection.run("SELECT pg_reload_conf()")
    return poll(lambda: streams(frozenset({wanted})), timeout_seconds) or ""
