"""A world after a failover that was not clean: AWS holds rows that Azure never received.

Azure serves on timeline 2. AWS was killed; a copy of its data folder is kept, so that each test
rebuilds the same old primary, and the serving site stands through all of them.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lab.processes.folder import LabFolder
from lab.processes.waiting import wait_until
from lab.sites.certificates import Authority
from lab.sites.postgres import PostgresServer
from lab.sites.replication import DatabasePair, start_pair
from tests.database_pod.pod import Pod, content, pod_of, wait_until_streaming

TABLES = '''
CREATE SCHEMA app;
CREATE TABLE app."Odd ""Name""" ("The Key" int, part text, note json, PRIMARY KEY (part, "The Key"))
    PARTITION BY LIST (part);
CREATE TABLE app."Odd Part" PARTITION OF app."Odd ""Name""" FOR VALUES IN ('a', 'b');
CREATE TABLE app.keyless (price numeric, at timestamptz)
'''
ORDER = (
    "INSERT INTO orders (id, item, quantity, site) "
    "SELECT gen_random_uuid(), :item, 1, 'aws' FROM generate_series(1, :count)"
)


@dataclass(frozen=True)
class ForkedWorld:
    """The serving site, the old primary's pod, and the rows that only the old primary has."""

    pair: DatabasePair
    pod: Pod
    forked: dict[str, list[dict[str, Any]]]
    fork_file: str

    @property
    def serving(self) -> PostgresServer:
        """The site that serves."""
        return self.pair.azure

    def old_primary(self) -> Pod:
        """Put the old primary's volume back as it was when it was killed; return its pod."""
        volume = self.pod.volume
        for name in ("data", "data.new", "data.verified", "data.old", "export"):
            shutil.rmtree(volume / name, ignore_errors=True)
        (volume / "rewinding.json").unlink(missing_ok=True)
        subprocess.run(["cp", "-a", volume / "data.killed", volume / "data"], check=True)
        return self.pod

    @contextmanager
    def standby(self) -> Iterator[PostgresServer]:
        """Run the rebuilt database for a while."""
        self.pair.aws.start()
        try:
            yield self.pair.aws
        finally:
            self.pair.aws.stop()


def make_forked_world(lab: LabFolder, authority: Authority) -> ForkedWorld:
    """Fail over from an AWS that went on alone for a while."""
    pair = start_pair(lab, authority, replication="async")
    aws, azure = pair.aws, pair.azure
    # The tests' base backups write WAL; what the fork needs stays through all of them.
    azure.configure(wal_keep_size="1GB")
    azure.query("SELECT pg_reload_conf()")
    for statement in TABLES.split(";"):
        aws.query(statement)
    # The last checkpoint that both sites have lies in an older WAL file than the fork.
    aws.query("CHECKPOINT")
    aws.query("SELECT pg_switch_wal()")
    aws.query(ORDER, item="received", count=50)
    aws.query('INSERT INTO app."Odd ""Name""" VALUES (1, \'a\', \'{}\')')
    with aws.superuser("orders") as early:
        early.run("BEGIN")
        early.run(ORDER, item="begun before the fork", count=2)
        aws.query(ORDER, item="received last", count=1)
        wait_until(
            lambda: (
                azure.query("SELECT count(*) FROM orders WHERE item = 'received last'") == [[1]]
            ),
            "replay in Azure",
        )
        pair.link.cut()
        wait_until(
            lambda: aws.query("SELECT count(*) FROM pg_stat_replication") == [[0]], "cut link"
        )
        early.run("COMMIT")
    _go_on_alone(aws)
    forked = _only_here(aws)
    aws.kill()
    azure.query("SELECT pg_promote()")
    fork = (azure.data / "pg_wal" / "00000002.history").read_text().split()[1]
    azure.query(
        "INSERT INTO landbridge.epoch (epoch, site, run, timeline) VALUES (2, 'azure', 'run-0', 2)"
    )
    azure.query(ORDER.replace("'aws'", "'azure'"), item="written in Azure", count=20)
    azure.query("CHECKPOINT")
    subprocess.run(["cp", "-a", aws.data, aws.folder / "data.killed"], check=True)
    return ForkedWorld(pair, pod_of(lab, authority, pair, aws), forked, _file(fork))


def _go_on_alone(aws: PostgresServer) -> None:
    aws.query(ORDER, item="alone", count=5)
    aws.query("UPDATE orders SET quantity = 7 WHERE number <= 3")
    aws.query("DELETE FROM orders WHERE number = 4")
    aws.query('INSERT INTO app."Odd ""Name""" VALUES (2, \'b\', E\'{"a":\\n [1,\\r\\n 2]}\')')
    aws.query(
        "INSERT INTO app.keyless VALUES (12345678901234567890.123456789, '2026-11-23 12:00Z')"
    )
    with aws.superuser("orders") as one:
        one.run("BEGIN")
        one.run(ORDER, item="rolled back", count=3)
        one.run("ROLLBACK")
        one.run("BEGIN")
        one.run("SAVEPOINT s")
        one.run(ORDER, item="in a savepoint", count=1)
        one.run("RELEASE s")
        one.run("SAVEPOINT s")
        one.run(ORDER, item="rolled back to a savepoint", count=1)
        one.run("ROLLBACK TO s")
        one.run("COMMIT")
    aws.query("CHECKPOINT")
    aws.query("INSERT INTO landbridge.readiness VALUES ('aws', now())")
    aws.query(ORDER, item="the last", count=1)


def _only_here(aws: PostgresServer) -> dict[str, list[dict[str, Any]]]:
    """Return the forked rows as the writer knows them, not as the log tells them."""
    orders = aws.query(
        "SELECT to_json(o)::text FROM orders o WHERE quantity = 7 OR item IN "
        "('begun before the fork', 'alone', 'in a savepoint', 'the last') ORDER BY number"
    )
    odd = aws.query("SELECT to_json(o)::text FROM app.\"Odd Part\" o WHERE part = 'b'")
    keyless = aws.query("SELECT to_json(k)::text FROM app.keyless k")
    found = {"public.orders": orders, "app.Odd Part": odd, "app.keyless": keyless}
    return {
        table: [json.loads(row[0], parse_float=Decimal) for row in rows]
        for table, rows in found.items()
    }


def _file(lsn: str) -> str:
    """Return the name of the WAL file of timeline 1 that holds a position."""
    high, low = lsn.split("/")
    return f"00000001{int(high, 16):08X}{int(low, 16) // 2**24:08X}"


def assert_streams(world: ForkedWorld) -> None:
    """Assert that the rebuilt database follows the serving site, row by row."""
    with world.standby() as standby:
        wait_until_streaming(world.serving, "aws")
        assert content(standby) == content(world.serving)
        assert standby.query("SELECT pg_is_in_recovery()") == [[True]]
        settings = (standby.data / "postgresql.auto.conf").read_text().splitlines()
        names = [line.split(" ", 1)[0] for line in settings]
        assert names == ["primary_conninfo", "primary_slot_name"]
