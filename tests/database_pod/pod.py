"""A database pod as a kubelet would run it: the program, its environment and its events."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from lab.processes.folder import LabFolder
from lab.processes.waiting import wait_until
from lab.sites.certificates import Authority
from lab.sites.installation import find_installation
from lab.sites.postgres import PostgresServer
from lab.sites.replication import DatabasePair

Event = dict[str, Any]


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code and its events."""

    code: int
    events: list[Event]

    def all(self, name: str) -> list[Event]:
        """Return the events of one kind."""
        return [event for event in self.events if event["event"] == name]

    @property
    def last(self) -> Event:
        """The last word."""
        return self.events[-1]

    @property
    def ways(self) -> list[str]:
        """The methods decided for, in order."""
        return [event["method"] for event in self.all("decided")]


@dataclass(frozen=True)
class Pod:
    """The pod of ``server``, whose folder is its volume and holds its settings."""

    lab: LabFolder
    server: PostgresServer
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.server.data

    @property
    def volume(self) -> Path:
        """The volume."""
        return self.server.folder

    def with_environment(self, **changes: str) -> "Pod":
        """Return the same pod with other settings."""
        return Pod(self.lab, self.server, {**self.environment, **changes})

    @contextmanager
    def started(self, command: str) -> Iterator[subprocess.Popen[str]]:
        """Start a command; kill it where the block ends before it did."""
        process = subprocess.Popen(
            [sys.executable, "-m", "landbridge.database_pod", command],
            env=self.lab.environment({"PATH": os.environ["PATH"], **self.environment}),
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def run(self, command: str) -> Ended:
        """Run a command to its end."""
        with self.started(command) as process:
            output, _ = process.communicate(timeout=120)
            return Ended(process.returncode, [json.loads(line) for line in output.splitlines()])

    def replace_program(self, name: str, script: str) -> "Pod":
        """Return the pod with a shell script in one program's place; ``$REAL`` is the real one."""
        folder = Path(self.environment["POSTGRES_PROGRAMS"])
        other = self.volume / f"programs-{name}"
        if other.exists():
            shutil.rmtree(other)
        shutil.copytree(folder, other)
        (other / name).write_text(f"#!/bin/sh\nREAL='{folder / name}'\n{script}\n")
        return self.with_environment(POSTGRES_PROGRAMS=str(other))

    def control(self, what: str) -> str:
        """Return one line of pg_controldata."""
        output = self.server.run_program("pg_controldata", "-D", self.data)
        found = [line.split(":", 1)[1].strip() for line in output.splitlines() if what in line]
        return found[0]


def pod_of(lab: LabFolder, authority: Authority, pair: DatabasePair, server: PostgresServer) -> Pod:
    """Return the pod of one server of a pair; the other one is the serving site."""
    other = pair.azure if server is pair.aws else pair.aws
    installation = find_installation()
    programs = lab.folder("programs")
    installation.write_programs(programs)
    passfile = server.folder / "pod.pgpass"
    passfile.touch(mode=0o600)
    passfile.write_text(f"127.0.0.1:*:*:replicator:{pair.passwords.replicator}\n")
    owner = server.folder.stat()
    os.chown(passfile, owner.st_uid, owner.st_gid)
    (server.folder / "pg_ident.conf").touch()
    return Pod(
        lab,
        server,
        {
            "SITE": server.name,
            "DATA_FOLDER": str(server.folder),
            "SETTINGS_FOLDER": str(server.folder),
            "POSTGRES_PROGRAMS": str(programs),
            **({"POSTGRES_USER": installation.user} if installation.user else {}),
            "RUN": "run-1",
            "PRIMARY_CONNINFO": (
                f"host=127.0.0.1 port={other.port} user=replicator application_name={server.name} "
                f"passfile={passfile} sslmode=verify-full sslrootcert={authority.path}"
            ),
            "SOURCE_DATABASE": "orders",
            "SLOT": server.name,
            "DISCARD_FORKED_ROWS": "false",
        },
    )


def wait_until_streaming(primary: PostgresServer, standby: str) -> None:
    """Return when ``standby`` streams from ``primary`` and has replayed all of it."""
    wait_until(
        lambda: (
            primary.query(
                "SELECT replay_lsn >= pg_current_wal_lsn() FROM pg_stat_replication "
                "WHERE application_name = :name AND state = 'streaming'",
                name=standby,
            )
            == [[True]]
        ),
        f"streaming {standby}",
        timeout_seconds=40,
    )


def content(server: PostgresServer) -> list[list[Any]]:
    """Return a server's orders, and what else the tests write, in one comparable list."""
    tables = ("public.orders", 'app."Odd ""Name"""', "app.keyless", "landbridge.epoch")
    rows: list[list[Any]] = []
    for table in tables:
        if server.query("SELECT to_regclass(:name)", name=table)[0][0] is not None:
            rows += server.query(f"SELECT '{table}', t::text FROM {table} AS t ORDER BY 2")  # noqa: S608
    return rows


def lines_of(path: Path) -> list[Event]:
    """Return a file of JSON lines."""
    return [json.loads(line, parse_float=Decimal) for line in path.read_text().splitlines()]


Check = Callable[[], bool]
