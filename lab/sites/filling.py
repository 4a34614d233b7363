"""Data in bulk: what a database weighs in life, and what changes in it."""

from collections.abc import Callable

from lab.sites.postgres import PostgresServer

__all__ = ["MEGABYTE", "change", "fill"]

MEGABYTE = 1024 * 1024
_CHUNK_MEGABYTES = 32
_LIMIT_SECONDS = 300.0
# A row and its tuple's header take a kilobyte: seven or eight fill a page.
_ROWS_PER_MEGABYTE = 1000
_TABLE = "CREATE TABLE IF NOT EXISTS public.filler (id int PRIMARY KEY, body text NOT NULL)"
_INSERT = """
INSERT INTO public.filler
SELECT number, repeat(md5(number::text), 31)
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS number
"""


def fill(
    server: PostgresServer, megabytes: int, advance: Callable[[int], object] = lambda _mb: None
) -> None:
    """Put about that much into a table of its own; ``advance`` hears of each part's megabytes."""
    with server.superuser("orders", timeout_seconds=_LIMIT_SECONDS) as connection:
        connection.run("SET synchronous_commit = local")
        connection.run(_TABLE)
        for start in range(0, megabytes, _CHUNK_MEGABYTES):
            part = min(_CHUNK_MEGABYTES, megabytes - start)
            first, last = start * _ROWS_PER_MEGABYTE + 1, (start + part) * _ROWS_PER_MEGABYTE
            connection.run(_INSERT, first=first, last=last)
            advance(part)
        # Settled, as old data are: else a vacuum rewrites all of it soon after.
        connection.run("VACUUM (FREEZE, ANALYZE) public.filler")
        connection.run("CHECKPOINT")


def change(server: PostgresServer, megabytes: int) -> None:
    """Change about that much of it: half are the pages of the old rows, half those of the new."""
    with server.superuser("orders", timeout_seconds=_LIMIT_SECONDS) as connection:
        connection.run(
            "UPDATE public.filler SET body = reverse(body) WHERE id <= :rows",
            rows=megabytes * _ROWS_PER_MEGABYTE // 2,
        )
        connection.run("CHECKPOINT")
