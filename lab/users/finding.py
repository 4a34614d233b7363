"""Which orders are there? Over HTTP as a user would look, or in the database for thousands.

Both refuse to guess: what is neither "there" nor "not there" raises LookUpFailedError, since an
order that could not be looked up is not a lost one.
"""

import asyncio
import ssl
from collections.abc import Collection
from pathlib import Path

import pg8000.exceptions
import pg8000.native

from lab.users.connection import Pool, ProtocolError
from lab.users.resolver import NameNotResolvedError, Resolver
from lab.users.verdict import Find

__all__ = ["LookUpFailedError", "find_by_http", "find_by_sql"]

_BATCH = 1000
_AT_ONCE = 16


class LookUpFailedError(Exception):
    """It is not known whether the orders are there."""


def find_by_http(
    name: str,
    port: int,
    *,
    name_server: tuple[str, int],
    certificate_authority: Path,
    timeout_seconds: float = 5.0,
) -> Find:
    """Return a find that asks ``GET /orders/<id>`` of whatever site ``name`` resolves to.

    The find runs an event loop of its own: from a coroutine, call it in a thread.
    """

    async def ask(ids: Collection[str]) -> set[str]:
        tls = ssl.create_default_context(cafile=str(certificate_authority))
        resolver = Resolver(name_server)
        pool = Pool(name, port, tls)
        slots = asyncio.Semaphore(_AT_ONCE)

        async def one(order_id: str) -> str | None:
            async with slots, asyncio.timeout(timeout_seconds):
                address = await resolver.address(name)
                response = await pool.request(address, "GET", f"/orders/{order_id}")
            match response.status:
                case 200:
                    return order_id
                case 404:
                    return None
                case other:
                    raise LookUpFailedError(f"order {order_id}: HTTP {other}")

        try:
            found = await asyncio.gather(*(one(order_id) for order_id in ids))
        except (OSError, EOFError, ProtocolError, NameNotResolvedError) as error:
            raise LookUpFailedError(f"{name}: {type(error).__name__} {error}") from error
        finally:
            pool.close()
        return {order_id for order_id in found if order_id is not None}

    return lambda ids: asyncio.run(ask(ids))


def find_by_sql(
    *,
    host: str,
    port: int,
    user: str,
    password: str,
    database: str = "orders",
    tls: ssl.SSLContext | None = None,
    timeout_seconds: float = 30.0,
) -> Find:
    """Return a find that asks the database itself, a thousand ids at a time."""

    def find(ids: Collection[str]) -> set[str]:
        try:
            connection = pg8000.native.Connection(
                user, host, database, port, password, timeout=timeout_seconds, ssl_context=tls
            )
            try:
                return _present(connection, list(ids))
            finally:
                connection.close()
        except (pg8000.exceptions.Error, OSError) as error:
            raise LookUpFailedError(f"{host}:{port}: {error}") from error

    return find


def _present(connection: pg8000.native.Connection, ids: list[str]) -> set[str]:
    present: set[str] = set()
    for start in range(0, len(ids), _BATCH):
        rows = connection.run(
            "SELECT id::text FROM public.orders WHERE id = ANY(CAST(:ids AS uuid[]))",
            ids=ids[start : start + _BATCH],
        )
        present.update(row[0] for row in rows)
    return present
