"""The epoch's row: committed by whoever lets a site take writes, and read back.

The row is what tells a stale primary from a new one (docs/architecture.md, "The epoch"), so no step
writes one that is older than what the database has.
"""

from landbridge.adapters.postgres import Connection, look
from landbridge.domain.errors import DatabaseNotWritableError, StaleEpochError

__all__ = ["check_epoch", "checkpoint", "write_epoch"]


def write_epoch(connection: Connection, site: str, epoch: int, run: str) -> int:
    """Commit the epoch unless it is there; return the database's timeline.

    Raises DatabaseNotWritableError in recovery, StaleEpochError where a newer epoch is there.
    """
    seen = look(site, connection)
    if not seen.is_primary or seen.timeline is None:
        raise DatabaseNotWritableError(f"{site}'s database is still in recovery")
    if seen.epoch is not None and seen.epoch > epoch:
        raise StaleEpochError(f"epoch {epoch}: {site}'s database is in epoch {seen.epoch} already")
    connection.run("SET default_transaction_read_only = off")
    connection.run(
        "INSERT INTO landbridge.epoch (epoch, site, run, timeline)"
        " VALUES (:epoch, :site, :run, :timeline) ON CONFLICT (epoch) DO NOTHING",
        epoch=epoch,
        site=site,
        run=run,
        timeline=seen.timeline,
    )
    return seen.timeline


def check_epoch(connection: Connection, epoch: int, run: str) -> None:
    """Read the epoch back; raise DatabaseNotWritableError, StaleEpochError for another run's."""
    rows = connection.run("SELECT run FROM landbridge.epoch WHERE epoch = :epoch", epoch=epoch)
    if not rows:
        raise DatabaseNotWritableError(f"epoch {epoch} was not read back")
    if rows != [[run]]:
        raise StaleEpochError(f"epoch {epoch} is run {rows[0][0]}'s, not run {run}'s")


def checkpoint(connection: Connection) -> None:
    """Put the timeline into pg_control, where a later pg_rewind reads it; only this does."""
    connection.run("CHECKPOINT")
