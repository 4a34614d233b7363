"""Two thousand sequences that are behind: in batches beside the data, or one by one."""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import boto3
from moto import mock_aws
from rich.console import Console
from rich.progress import Progress

from lab.bench.measure import Measure
from lab.processes.folder import LabFolder
from lab.sites.certificates import Authority
from lab.sites.postgres import DATABASE, PostgresServer
from lab.sites.replication import DatabasePair, start_pair
from landbridge.adapters.sequences import resequence
from landbridge.domain.settings import Database

__all__ = ["compare_resequencing"]

REFERENCE = "one session, for each sequence its column's max() and a setval()"
LIMIT_SECONDS = 120.0
_PER_STATEMENT = 250  # a transaction's locks are limited
_OWNED = """
SELECT table_schema, table_name, column_name, schema_name || '.' || name
FROM landbridge.owned_sequence WHERE table_name LIKE 'bench_%' ORDER BY table_name
"""
_CREDENTIALS = "bench"


def compare_resequencing(console: Console, *, count: int = 2000) -> list[Measure]:
    """Return the measure of as many tables, each with a sequence that is behind its one row."""
    with Progress(console=console) as progress, LabFolder() as lab:
        task = progress.add_task(f"Making {count} tables", total=2 * count + 2)
        authority = Authority(lab.folder("certificates"))
        pair = start_pair(lab, authority, replication="async")
        show = lambda made: progress.advance(task, made)  # noqa: E731 - two words
        _make(pair.aws, count, "bench_a", show)
        progress.update(task, advance=1, description="In batches")
        with _secret(pair, authority) as database:
            ours = _in_batches(database, count)
        _make(pair.aws, count, "bench_b", show)
        progress.update(task, advance=1, description="One by one")
        theirs = _one_by_one(pair.aws, count)
    return [Measure(f"resequence, {count} sequences", "s", ours, theirs, REFERENCE)]


def _make(server: PostgresServer, count: int, prefix: str, show: Callable[[int], object]) -> None:
    for first in range(0, count, _PER_STATEMENT):
        last = min(first + _PER_STATEMENT, count)
        make = f"EXECUTE format('CREATE TABLE {prefix}%s (id serial PRIMARY KEY)', n);"
        insert = f"EXECUTE format('INSERT INTO {prefix}%s VALUES (9)', n);"  # noqa: S608 - our own names
        body = f"FOR n IN {first} .. {last - 1} LOOP {make} {insert} END LOOP;"
        server.query(f"DO $$ BEGIN {body} END $$")
        show(last - first)


@contextmanager
def _secret(pair: DatabasePair, authority: Authority) -> Iterator[Database]:
    """Give landbridge's adapter its credentials as in life: by name, from Secrets Manager."""
    added = {"SSL_CERT_FILE": str(authority.path), "AWS_DEFAULT_REGION": "eu-central-1"}
    before = {name: os.environ.get(name) for name in added}
    os.environ.update(added)
    try:
        with mock_aws():
            login = {"username": "landbridge", "password": pair.passwords.landbridge}
            boto3.client("secretsmanager").create_secret(
                Name=_CREDENTIALS, SecretString=json.dumps(login)
            )
            yield Database(pair.aws.host, pair.aws.port, DATABASE, _CREDENTIALS)
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _in_batches(database: Database, count: int) -> float:
    begun = time.monotonic()
    done = resequence("aws", database, dry_run=False, timeout_seconds=LIMIT_SECONDS)
    seconds = time.monotonic() - begun
    if len(done.moved) != count:
        raise RuntimeError(f"{len(done.moved)} of {count} sequences moved")
    return seconds


def _one_by_one(server: PostgresServer, count: int) -> float:
    begun, moved = time.monotonic(), 0
    with server.superuser(DATABASE) as connection:
        for schema, table, column, sequence in connection.run(_OWNED):
            if table.startswith("bench_b"):
                ((last,),) = connection.run(f'SELECT max("{column}") FROM "{schema}"."{table}"')  # noqa: S608 - our own
                connection.run("SELECT setval(:sequence, :last)", sequence=sequence, last=last)
                moved += 1
    if moved != count:
        raise RuntimeError(f"{moved} of {count} sequences moved")
    return time.monotonic() - begun
