"""A schema of odd names for sequences, and the adapter's call, for tests on a real primary."""

from collections.abc import Iterator
from typing import Any

import pytest

from lab.sites.postgres import DATABASE
from lab.sites.replication import DatabasePair
from landbridge.adapters.sequences import resequence
from landbridge.domain.sequences import Resequenced
from landbridge.domain.settings import Database
from tests.adapters.databases import database_of

__all__ = [
    "LIMIT_SECONDS",
    "SCHEMA",
    "aws",
    "documents",
    "fill",
    "forget",
    "moved_by",
    "next_id",
    "sql",
]

LIMIT_SECONDS = 30.0
SCHEMA = '"Odd.Schema"'


@pytest.fixture
def aws(pair: DatabasePair, trusted: None) -> Iterator[Database]:  # noqa: ARG001 - for its effect
    """Return the primary with an empty schema."""
    pair.aws.query(f"CREATE SCHEMA {SCHEMA}")
    yield database_of(pair.aws)
    pair.aws.query(f"DROP SCHEMA {SCHEMA} CASCADE")


def sql(pair: DatabasePair, *statements: str, **parameters: Any) -> list[list[Any]]:
    """Run statements as superuser with the schema before all others; return the last one's rows."""
    rows: list[list[Any]] = []
    with pair.aws.superuser(DATABASE) as connection:
        connection.run(f"SET search_path = {SCHEMA}, pg_catalog")
        for statement in statements:
            rows = connection.run(statement, **parameters)
    return rows


def next_id(pair: DatabasePair) -> int:
    """Insert a row into t; return the id that its sequence gave."""
    [[value]] = sql(pair, "INSERT INTO t (item) VALUES ('new') RETURNING id")
    return int(value)


FILLED = range(0, 2000, 500)  # a transaction's locks are limited


def fill(pair: DatabasePair) -> None:
    """Make 2,000 tables, each with a sequence that is behind its one row's 9."""
    _each(pair, "CREATE TABLE t%s (id serial PRIMARY KEY)", "INSERT INTO t%s VALUES (9)")


def forget(pair: DatabasePair) -> None:
    """Drop the 2,000 tables, some at a time."""
    _each(pair, "DROP TABLE t%s")


def _each(pair: DatabasePair, *statements: str) -> None:
    executed = "".join(f"EXECUTE format('{one}', n);" for one in statements)
    for start in FILLED:
        numbers = f"{start} .. {start + 499}"
        sql(pair, f"DO $$ BEGIN FOR n IN {numbers} LOOP {executed} END LOOP; END $$")


def moved_by(database: Database, *, dry_run: bool = False) -> Resequenced:
    """Resequence AWS."""
    return resequence("aws", database, dry_run=dry_run, timeout_seconds=LIMIT_SECONDS)


def documents(done: Resequenced) -> list[dict[str, Any]]:
    """Return the moved ones, a hundred at most."""
    moved: list[dict[str, Any]] = done.document(100)["moved"]
    return moved
