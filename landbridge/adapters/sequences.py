"""A site's sequences brought up to their columns, a batch in each statement.

Source: deploy/sql/resequence.sql, which looks, decides and moves beside the data.
"""

import time
from collections.abc import Callable

from landbridge.adapters.postgres import Connection, connect
from landbridge.domain.errors import ConfigurationError, DatabaseNotWritableError
from landbridge.domain.sequences import Moved, NotMoved, Resequenced, in_batches, outcome_of
from landbridge.domain.settings import Database

__all__ = ["resequence"]

# What is read whole where no index helps: a second or so, which a hold can bear.
SCAN_BYTES = 256 * 1024**2

_READY = """
SELECT pg_is_in_recovery(),
       to_regprocedure('landbridge.resequence(oid[], boolean, bigint)') IS NOT NULL
"""
_OWNED = """
SELECT sequence, locks::bigint FROM landbridge.owned_sequence ORDER BY schema_name, name
"""
_RESEQUENCE = """
SELECT sequence, "column", kind, was, upto, detail
FROM landbridge.resequence(CAST(:batch AS oid[]), :dry_run, CAST(:scan_bytes AS bigint))
"""


def resequence(
    site: str,
    database: Database,
    *,
    dry_run: bool,
    timeout_seconds: float,
    clock: Callable[[], float] = time.monotonic,
) -> Resequenced:
    """Move each sequence that is behind its column; with ``dry_run`` only say which they are.

    Twice is once: what was moved is not behind any more. Raises DatabaseNotWritableError where the
    database is in recovery, or time is over and some were not looked at; ConfigurationError where
    it has no such function.
    """
    deadline = clock() + timeout_seconds
    with connect(database, timeout_seconds) as connection:
        _prepare(site, connection, dry_run=dry_run)
        owned = [(sequence, locks) for sequence, locks in connection.run(_OWNED)]
        outcomes: list[Moved | NotMoved] = []
        batches = list(in_batches(owned))
        for number, batch in enumerate(batches):
            if clock() > deadline:
                raise DatabaseNotWritableError(
                    f"{number} of {len(batches)} batches of sequences in {timeout_seconds:g} s"
                )
            outcomes += _look_at(connection, batch, dry_run=dry_run)
    return Resequenced(
        site=site,
        dry_run=dry_run,
        looked=len(owned),
        batches=len(batches),
        moved=tuple(one for one in outcomes if isinstance(one, Moved)),
        not_moved=tuple(one for one in outcomes if isinstance(one, NotMoved)),
    )


def _prepare(site: str, connection: Connection, *, dry_run: bool) -> None:
    ((recovering, installed),) = connection.run(_READY)
    if not installed:
        raise ConfigurationError(
            f"{site}'s database has no landbridge.resequence",
            "run deploy/sql/resequence.sql in the active site's database",
        )
    if recovering and not dry_run:
        raise DatabaseNotWritableError(
            f"{site}'s database is in recovery: its sequences follow its primary's"
        )
    # A database that was promoted but not admitted is read-only by default; a dry run always is.
    connection.run(f"SET default_transaction_read_only = {'on' if dry_run else 'off'}")


def _look_at(connection: Connection, batch: list[int], *, dry_run: bool) -> list[Moved | NotMoved]:
    rows = connection.run(
        _RESEQUENCE,
        batch="{" + ",".join(map(str, batch)) + "}",
        dry_run=dry_run,
        scan_bytes=SCAN_BYTES,
    )
    return [outcome_of(row) for row in rows]
