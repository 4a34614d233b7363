"""The orders' database: a small pool, and what the service asks of it.

A connection is used by one request at a time and thrown away after any error: after a failover it
may point at a server that has become read-only or is gone.
"""

import queue
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from socket import SHUT_RDWR
from typing import Any

import pg8000.exceptions
import pg8000.native

__all__ = ["Database", "NotWritableError", "Order", "database_from"]

POOL_SIZE = 16
WAIT_SECONDS = 1.5
STATEMENT_SECONDS = 1.5
_NOT_REPLICATED = b"01000"


class NotWritableError(Exception):
    """The write is not known to be committed and replicated; the text says why."""


@dataclass(frozen=True)
class Order:
    """One order as stored, and in which epoch it was accepted."""

    id: str
    number: int
    site: str
    epoch: int
    created: bool


@dataclass(frozen=True)
class _Target:
    host: str
    port: int
    database: str
    user: str
    password: str
    authority: str


def database_from(environment: Mapping[str, str], site: str) -> "Database":
    """Return the database that libpq's variables name."""
    return Database(
        _Target(
            host=environment["PGHOST"],
            port=int(environment["PGPORT"]),
            database=environment["PGDATABASE"],
            user=environment["PGUSER"],
            password=environment["PGPASSWORD"],
            authority=environment["PGSSLROOTCERT"],
        ),
        site,
    )


class Database:
    """A bounded pool; every method raises NotWritableError for whatever went wrong."""

    def __init__(self, target: _Target, site: str) -> None:
        self._target, self._site = target, site
        self._tls = ssl.create_default_context(cafile=target.authority)
        self._slots: queue.LifoQueue[Any] = queue.LifoQueue()
        for _ in range(POOL_SIZE):
            self._slots.put(None)

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        try:
            connection = self._slots.get(timeout=WAIT_SECONDS)
        except queue.Empty:
            raise NotWritableError("every connection waits for the database") from None
        kept = None
        try:
            connection = connection or self._connect()
            yield connection
            kept = connection
        except (pg8000.exceptions.Error, OSError) as error:
            raise NotWritableError(_said(error)) from error
        finally:
            if kept is None and connection is not None:
                _drop(connection)
            self._slots.put(kept)

    def _connect(self) -> Any:
        target = self._target
        return pg8000.native.Connection(
            target.user,
            host=target.host,
            port=target.port,
            database=target.database,
            password=target.password,
            ssl_context=self._tls,
            timeout=STATEMENT_SECONDS,
            application_name=f"orders-{self._site}",
            startup_params={"statement_timeout": str(int(STATEMENT_SECONDS * 1000))},
        )

    def close(self) -> None:
        """Close the connections that are not in use."""
        while not self._slots.empty():
            connection = self._slots.get()
            if connection is not None:
                _drop(connection)

    def place(self, order_id: str, item: str, quantity: int) -> Order:
        """Commit one order and return it; the same id again returns the same row."""
        with self._connection() as connection:
            connection.run("BEGIN")
            rows = connection.run(
                "INSERT INTO public.orders (id, item, quantity, site)"
                " VALUES (:id, :item, :quantity, :site) ON CONFLICT (id) DO NOTHING"
                " RETURNING number",
                id=order_id,
                item=item,
                quantity=quantity,
                site=self._site,
            )
            created = bool(rows)
            if not created:
                # The row may be here and nowhere else, if its commit's wait for the standby was
                # cancelled. This commit has to wait for it, and one that wrote nothing would not.
                _touch(connection, f"again-{self._site}")
            found = self._read(connection, order_id)
            _commit(connection)
        if found is None:
            raise NotWritableError("the order was not read back")
        return Order(order_id, found[0], self._site, found[2], created)

    def find(self, order_id: str) -> Order | None:
        """Return the order with that id, or None where there is none."""
        with self._connection() as connection:
            found = self._read(connection, order_id)
        return Order(order_id, found[0], found[1], found[2], created=False) if found else None

    def _read(self, connection: Any, order_id: str) -> list[Any] | None:
        rows = connection.run(
            "SELECT number, site, (SELECT max(epoch) FROM landbridge.epoch)"
            " FROM public.orders WHERE id = :id",
            id=order_id,
        )
        return rows[0] if rows else None

    def prove_writable(self, name: str) -> None:
        """Commit a write and read it back."""
        with self._connection() as connection:
            connection.run("BEGIN")
            _touch(connection, name)
            _commit(connection)
            rows = connection.run(
                "SELECT 1 FROM landbridge.readiness WHERE name = :name", name=name
            )
        if rows != [[1]]:
            raise NotWritableError("a committed write was not read back")


def _touch(connection: Any, name: str) -> None:
    connection.run(
        "INSERT INTO landbridge.readiness (name, written_at)"
        " VALUES (:name, clock_timestamp())"
        " ON CONFLICT (name) DO UPDATE SET written_at = excluded.written_at",
        name=name,
    )


def _commit(connection: Any) -> None:
    connection.notices.clear()
    connection.run("COMMIT")
    # PostgreSQL answers "success" to a commit whose wait for the standby was cancelled, with a
    # warning; to a user that would be an acknowledgement of a row that only this site has.
    if any(notice.get(b"C") == _NOT_REPLICATED for notice in connection.notices):
        raise NotWritableError("committed here, but not known to be replicated")


def _said(error: Exception) -> str:
    fields = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    return str(fields.get("M") or error.__cause__ or error or type(error).__name__)


def _drop(connection: Any) -> None:
    # The socket alone: a goodbye to a server that hangs would hang too. Shut down, for pg8000's
    # file on it would keep it open, and the server's session with it, until somebody collects it.
    socket = connection._usock  # noqa: SLF001 - pg8000 has no way to end without a goodbye
    with suppress(OSError):
        socket.shutdown(SHUT_RDWR)
    socket.close()
