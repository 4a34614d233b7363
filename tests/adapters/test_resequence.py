"""Resequencing a whole site: few statements, a standby, a database that is not ready for it."""

from typing import Any

import pytest

from lab.processes.waiting import wait_until
from lab.sites.replication import DatabasePair
from landbridge.adapters import postgres
from landbridge.adapters.sequences import resequence
from landbridge.domain.errors import ConfigurationError, DatabaseNotWritableError
from landbridge.domain.settings import Database
from tests.adapters.databases import database_of
from tests.adapters.odd_schema import LIMIT_SECONDS, aws, documents, fill, forget, moved_by, sql

__all__ = ["aws"]


def test_two_thousand_sequences_take_few_statements(
    pair: DatabasePair, aws: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every one is moved; statements are counted on the connection itself."""
    counted: list[str] = []
    opened = postgres._open

    def counting(*arguments: Any) -> Any:
        connection = opened(*arguments)
        run = connection.run

        def count(sql: str, **parameters: Any) -> Any:
            counted.append(sql)
            return run(sql, **parameters)

        connection.run = count
        return connection

    monkeypatch.setattr(postgres, "_open", counting)
    fill(pair)
    try:
        done = moved_by(aws)
        assert len(done.moved) == 2000
        assert {one.after for one in done.moved} == {9}
        assert len(counted) <= 15
        assert done.document(100)["moved_total"] == 2000
        assert len(documents(done)) == 100
    finally:
        forget(pair)


def test_a_standby_is_only_looked_at(pair: DatabasePair, aws: Database) -> None:
    """A dry run answers there too; moving is its primary's business."""
    sql(pair, "CREATE TABLE t (id serial PRIMARY KEY)", "INSERT INTO t VALUES (5)")
    azure = database_of(pair.azure)
    looked = "SELECT count(*) FROM landbridge.owned_sequence WHERE name = 't_id_seq'"
    wait_until(lambda: pair.azure.query(looked) == [[1]], "table in Azure")
    done = resequence("azure", azure, dry_run=True, timeout_seconds=LIMIT_SECONDS)
    assert [one.after for one in done.moved] == [5]
    with pytest.raises(DatabaseNotWritableError, match="azure's database is in recovery"):
        resequence("azure", azure, dry_run=False, timeout_seconds=LIMIT_SECONDS)
    assert moved_by(aws).moved == done.moved


def test_a_database_without_the_function_says_what_to_run(
    pair: DatabasePair, aws: Database
) -> None:
    """The remedy names the file."""
    function = "landbridge.{}(oid[], boolean, bigint)"
    rename = "ALTER FUNCTION " + function + " RENAME TO {}"
    pair.aws.query(rename.format("resequence", "elsewhere"))
    try:
        with pytest.raises(ConfigurationError, match=r"run deploy/sql/resequence\.sql"):
            moved_by(aws)
    finally:
        pair.aws.query(rename.format("elsewhere", "resequence"))


def test_when_time_is_over_it_says_how_far_it_came(pair: DatabasePair, aws: Database) -> None:
    """Not having looked at a sequence is never "nothing to move"."""
    sql(pair, "CREATE TABLE t (id serial PRIMARY KEY)")
    times = iter([0.0, 1000.0])
    with pytest.raises(DatabaseNotWritableError, match="0 of 1 batches"):
        resequence(
            "aws",
            aws,
            dry_run=False,
            timeout_seconds=LIMIT_SECONDS,
            clock=lambda: next(times),
        )
