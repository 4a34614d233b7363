"""The users' tables that forked transactions changed, and how their rows are read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from landbridge.database_pod.offline import Offline
from landbridge.domain.forked_transactions import ForkedTransactions, Relation

__all__ = ["Table", "row_query", "touched_tables"]

# Catalogs are not rows of users; heartbeat, readiness and epoch are the machinery's own.
_NOT_USERS = (
    "(nspname IN ('pg_catalog', 'information_schema', 'pg_toast') OR (nspname, relname) IN "
    "(('landbridge', 'heartbeat'), ('landbridge', 'readiness'), ('landbridge', 'epoch')))"
)
_TABLES = f"""
SELECT c.oid, pg_relation_filenode(c.oid), c.relkind, NOT {_NOT_USERS},
       quote_ident(nspname) || '.' || quote_ident(relname), nspname || '.' || relname,
       coalesce((SELECT string_agg(quote_ident(attname), ', ' ORDER BY place.number)
                 FROM pg_index, unnest(indkey) WITH ORDINALITY AS place(attribute, number)
                 JOIN pg_attribute a ON attnum = place.attribute
                 WHERE indrelid = c.oid AND a.attrelid = c.oid AND indisprimary), '')
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE relkind IN ('r', 'm', 't') AND relpersistence = 'p' ORDER BY c.oid
"""  # noqa: S608 - constants only
_DATABASES = "SELECT oid, datname FROM pg_database WHERE datallowconn ORDER BY oid"
_ORDINARY = "r"


@dataclass(frozen=True)
class Table:
    """A users' table: ``name`` quoted for SQL, ``label`` for people, ``key`` its primary key."""

    relation: Relation
    database: str
    name: str
    label: str
    key: str

    def deletes(self, forked: ForkedTransactions) -> int:
        """Return how many rows forked transactions deleted here."""
        return forked.deletes[self.relation]


def touched_tables(server: Offline, forked: ForkedTransactions) -> Iterator[Table]:
    """Yield the users' tables that forked transactions changed.

    All of them where that is not known whole: a transaction may have begun before what was read of
    the WAL, or a table may have been written anew under another file since.
    """
    for oid, database in list(server.rows(server.programs.pod.database, _DATABASES)):
        touched = {file for number, file in forked.relations if number == int(oid)}
        if not touched and forked.complete:
            continue
        found = list(server.rows(database, _TABLES))
        files = {int(row[1]) for row in found if row[1]}
        everything = not forked.complete or not touched <= files
        for row in found:
            if row[2] == _ORDINARY and row[3] == "t" and (everything or int(row[1]) in touched):
                own = database == server.programs.pod.database
                label = row[5] if own else f"{database}.{row[5]}"
                yield Table((int(oid), int(row[1])), database, row[4], label, row[6])


def row_query(table: Table, transactions: Iterable[int]) -> str:
    """Return the query for a table's forked rows: their key and themselves, both as JSON.

    JSON has no line break outside its strings that means anything, and a column of type json may
    have some: they become spaces, so that a row stays on one line.
    """
    ids = ",".join(map(str, sorted(transactions)))
    key = f"(SELECT to_json(k) FROM (SELECT {table.key}) AS k)" if table.key else "'{}'::json"  # noqa: S608 - names quoted by the server
    flat = "translate({}::text, E'\\n\\r', '  ')"
    order = f" ORDER BY {table.key}" if table.key else ""
    return (
        f"SELECT {flat.format(key)}, {flat.format('to_json(t)')} FROM ONLY {table.name} AS t "  # noqa: S608 - names quoted by the server, numbers
        f"WHERE xmin::text::bigint = ANY ('{{{ids}}}'::bigint[]){order}"
    )
