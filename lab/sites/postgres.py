"""One PostgreSQL 16 server of a lab: its process, its configuration, and what faults do to it.

What belongs to the host (ports, certificates, connection to the primary) lies outside the data
directory, because pg_basebackup and pg_rewind copy everything inside it from the other site.
"""

import contextlib
import re
import signal
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pg8000.native
import psutil

from lab.processes.children import Child, ChildError
from lab.processes.folder import LabFolder
from lab.processes.waiting import wait_until
from lab.sites.certificates import Certificate
from lab.sites.disk import Disk
from lab.sites.installation import Installation

__all__ = ["DATABASE", "PostgresServer", "database_folder", "deployed_settings"]

DATABASE = "orders"
SUPERUSER = "postgres"
START_SECONDS = 30.0

_DEPLOY = Path(__file__).parents[2] / "deploy" / "postgresql"
_SETTING = re.compile(r"(\w+) = '([^']*)'")

# Small and quick, and still crash-safe: fsync and full_page_writes stay on. What landbridge itself
# wants of a server is in deploy/postgresql, and goes over these.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "shared_buffers": "32MB",
    # In the data directory, which goes with the lab; POSIX segments of a killed server would stay.
    "dynamic_shared_memory_type": "mmap",
    "max_connections": "80",
    "logging_collector": "off",
    "log_connections": "off",
    "log_min_messages": "warning",
    "timezone": "UTC",
    "autovacuum_naptime": "20s",
    # A start after a crash writes all of a thousand small files in one go instead of one by one.
    "recovery_init_sync_method": "syncfs",
}


def deployed_settings() -> dict[str, str]:
    """Return deploy/postgresql/landbridge.conf's settings by name."""
    lines = (_DEPLOY / "landbridge.conf").read_text().splitlines()
    found = [_SETTING.fullmatch(line) for line in lines if line and not line.startswith("#")]
    return {one.group(1): one.group(2) for one in found if one}


def _access() -> str:
    """Return deploy/postgresql/pg_hba.conf for servers that are all on loopback.

    The socket lies in a folder that only its owner and root may enter, and root is not postgres.
    """
    text = (_DEPLOY / "pg_hba.conf").read_text()
    text = re.sub(r"\b\d+\.\d+\.\d+\.0/24\b", "127.0.0.0/8", text)
    return re.sub(r"(?m)^local .*$", "local all all trust", text)


def database_folder(lab: LabFolder, site: str) -> Path:
    """Return the folder that stands for the disk of a site's database."""
    return lab.path / site / "postgres"


class PostgresServer:
    """A server on one port for its whole life; ``name`` is the site's."""

    def __init__(
        self,
        lab: LabFolder,
        installation: Installation,
        *,
        name: str,
        port: int,
        certificate: Certificate,
        settings: Mapping[str, str],
    ) -> None:
        self.name, self.host, self.port = name, "127.0.0.1", port
        self._lab, self._installation = lab, installation
        self.folder = database_folder(lab, name)
        lab.folder(str(self.folder.relative_to(lab.path)), user=installation.user, mode=0o700)
        self.data = self.folder / "data"
        self.disk = Disk(self.folder)
        self.disk.make()
        self._configuration = self.folder / "postgresql.conf"
        self._access = self.folder / "pg_hba.conf"
        self._settings = {
            **_SETTINGS,
            **deployed_settings(),
            "port": str(port),
            "unix_socket_directories": str(self.folder),
            "ssl_cert_file": str(certificate.certificate),
            "ssl_key_file": str(certificate.private_key),
            **settings,
        }
        self._child: Child | None = None

    @property
    def child(self) -> Child:
        """The postmaster; raises ChildError before the first start."""
        if self._child is None:
            raise ChildError(f"{self.name}'s PostgreSQL was not started")
        return self._child

    def processes(self) -> list[psutil.Process]:
        """Return its processes, the postmaster first, whoever started it: this lab or a pod."""
        if self._child is not None and self._child.running:
            return self._child.tree()
        try:
            pid = int((self.data / "postmaster.pid").read_text().partition("\n")[0])
            postmaster = psutil.Process(pid)
            if postmaster.name() != "postgres":  # another program has that number by now
                return []
            return [postmaster, *postmaster.children(recursive=True)]
        except (FileNotFoundError, ValueError, psutil.Error):
            return []

    def configure(self, **settings: str) -> None:
        """Write the configuration with these settings changed; a reload or restart reads it."""
        self._settings.update(settings)
        lines = (f"{name} = {_quoted(value)}\n" for name, value in self._settings.items())
        self._configuration.write_text("".join(lines))
        self._access.write_text(_access())

    def run_program(self, program: str, *arguments: str | Path, stdin: str = "") -> str:
        """Run one of PostgreSQL's programs as the server's user; return its output."""
        command = [self._installation.program(program), *arguments]
        variables = {**self._installation.environment(program), **self._home()}
        user = self._installation.user
        return self._lab.run(command, user=user, stdin=stdin, env=variables)

    def _home(self) -> dict[str, str]:
        # libpq looks for a client certificate in its user's home, which may be another user's here.
        return {"HOME": str(self.folder)}

    def start(self) -> None:
        """Start the server and wait until it answers; raises ChildError with its log."""
        self.configure()
        self._child = self._lab.spawn(
            f"{self.name}-postgres",
            [
                self._installation.program("postgres"),
                *("-D", self.data),
                *("-c", f"config_file={self._configuration}"),
                *("-c", f"hba_file={self._access}"),
                *("-c", f"ident_file={self.folder / 'pg_ident.conf'}"),
            ],
            env=self._home(),
            user=self._installation.user,
            death_signal="QUIT",
        )
        wait_until(
            self.answers,
            f"answer of {self.name}'s PostgreSQL",
            child=self._child,
            timeout_seconds=START_SECONDS,
        )

    def answers(self) -> bool:
        """Whether it takes a connection and a query now."""
        try:
            with self.superuser() as connection:
                return bool(connection.run("SELECT 1") == [[1]])
        except (pg8000.exceptions.Error, OSError):
            return False

    @contextmanager
    def superuser(
        self, database: str = SUPERUSER, *, timeout_seconds: float = 10.0
    ) -> Iterator[Any]:
        """Open a superuser's connection over the socket: pg8000's native one."""
        connection = self._connect(database, timeout_seconds)
        try:
            yield connection
        finally:
            connection.close()

    def _connect(self, database: str, timeout_seconds: float) -> Any:
        plain = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            plain.settimeout(timeout_seconds)
            plain.connect(str(self.folder / f".s.PGSQL.{self.port}"))
            return pg8000.native.Connection(SUPERUSER, sock=plain, database=database)
        except BaseException:
            plain.close()  # pg8000 leaves it open where the server does not answer
            raise

    def query(self, sql: str, **parameters: Any) -> list[list[Any]]:
        """Run one statement as superuser in the workload's database; return its rows."""
        with self.superuser(DATABASE) as connection:
            rows: list[list[Any]] = connection.run(sql, **parameters) or []
            return rows

    def stop(self, mode: str = "fast") -> None:
        """Shut down ``fast`` (clean, with a checkpoint) or ``immediate``."""
        number = signal.SIGINT if mode == "fast" else signal.SIGQUIT
        self.child.stop(number, timeout_seconds=20.0)

    def kill(self) -> None:
        """Kill all its processes at once, as a lost region does; returns when they have ended."""
        processes = self.processes()
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        if self._child is not None:
            self._child.kill()
        wait_until(
            lambda: not any(_state(one) not in _ENDED for one in processes),
            f"end of {self.name}'s PostgreSQL",
        )

    def freeze(self) -> None:
        """Stop all its processes in their tracks: connections stay open, nobody answers."""
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()

    def is_frozen(self) -> bool:
        """Whether none of its processes goes on; so it is where there are none."""
        stopped = {psutil.STATUS_STOPPED, *_ENDED}
        return all(_state(process) in stopped for process in self.processes())

    def thaw(self) -> None:
        """Let a frozen server go on."""
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()


_GONE = "gone"
# A zombie has ended; that nobody has collected it yet is its parent's business.
_ENDED = frozenset({psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD, _GONE})


def _state(process: psutil.Process) -> str:
    try:
        return str(process.status())
    except psutil.NoSuchProcess:
        return _GONE


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
