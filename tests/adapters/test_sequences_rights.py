"""What looking at everybody's sequences needs of rights, and what it does not give."""

import pg8000.exceptions
import pytest

from lab.sites.replication import DatabasePair
from landbridge.domain.settings import Database
from tests.adapters.odd_schema import SCHEMA, aws, moved_by, sql
from tests.lab.sites.conftest import Login, login

__all__ = ["aws", "login"]


def test_rows_that_row_security_hides_count_too(pair: DatabasePair, aws: Database) -> None:
    """The largest value is that of all rows, in a table that the workload's own role made."""
    pair.aws.query(f"GRANT USAGE, CREATE ON SCHEMA {SCHEMA} TO orders")
    sql(
        pair,
        "CREATE TABLE t (id serial PRIMARY KEY)",
        "INSERT INTO t VALUES (8)",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE t FORCE ROW LEVEL SECURITY",
        "CREATE POLICY nobody ON t USING (false)",
        "ALTER TABLE t OWNER TO orders",
    )
    assert [one.after for one in moved_by(aws).moved] == [8]


def test_a_tables_own_code_never_runs_as_superuser(pair: DatabasePair, aws: Database) -> None:
    """Planning a query folds an index's predicate, whose function is anybody's."""
    sql(
        pair,
        f"GRANT USAGE ON SCHEMA {SCHEMA} TO PUBLIC",
        "CREATE TABLE seen (who text, super bool)",
        "GRANT INSERT ON seen TO PUBLIC",
        "CREATE FUNCTION note() RETURNS void LANGUAGE sql BEGIN ATOMIC"
        " INSERT INTO seen SELECT rolname, rolsuper FROM pg_roles WHERE rolname = current_user;"
        " END",
        "CREATE FUNCTION spy(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS"
        f" $$ BEGIN PERFORM {SCHEMA}.note(); RETURN $1; END $$",
        "CREATE TABLE t (id serial PRIMARY KEY)",
        "INSERT INTO t VALUES (8)",
        "CREATE INDEX ON t (id) WHERE spy(1) = 1 AND id > 0",
        "TRUNCATE seen",
    )
    assert [one.after for one in moved_by(aws).moved] == [8]
    seen = sql(pair, "SELECT DISTINCT who, super FROM seen")
    assert seen == [["landbridge_resequencer", False]]


@pytest.mark.parametrize(
    ("role", "sql"),
    [
        ("orders", "SELECT * FROM landbridge.resequence('{}', true, 0)"),
        ("orders", "SELECT landbridge.move_sequence(0, 1)"),
        ("orders", "SELECT * FROM landbridge.owned_sequence"),
        ("landbridge", "SELECT landbridge.move_sequence(0, 1)"),
        ("landbridge", "SELECT setval('public.orders_number_seq', 1000)"),
        ("landbridge", "SET ROLE landbridge_resequencer"),
    ],
)
def test_nobody_may_do_more(pair: DatabasePair, login: Login, role: str, sql: str) -> None:
    """The workload moves none by these functions; landbridge none but by the one."""
    with (
        login(pair.aws, role) as connection,
        pytest.raises(pg8000.exceptions.DatabaseError) as refused,
    ):
        connection.run(sql)
    assert refused.value.args[0]["C"] == "42501"
