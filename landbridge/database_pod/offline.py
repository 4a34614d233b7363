"""A data folder's server, started for a moment where nobody can reach it.

It ends crash recovery, which pg_rewind asks for, and it can be read: forked rows, the epoch. It
listens in a private folder only, takes no writes, and keeps every WAL file, since a checkpoint
would otherwise remove what pg_rewind is about to need.
"""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from landbridge.database_pod.postmaster import await_server
from landbridge.database_pod.programs import ProgramError, Programs
from landbridge.database_pod.volume import Volume

__all__ = ["Offline", "offline_server", "recover", "single_user_epoch"]

KEEP_ALL_WAL = ("-c", "wal_keep_size=1TB", "-c", "max_slot_wal_keep_size=-1")
_SETTINGS = {
    "port": "5432",
    "listen_addresses": "",
    "ssl": "off",
    "default_transaction_read_only": "on",
    "synchronous_standby_names": "",
    "archive_mode": "off",
    "autovacuum": "off",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "restore_command": "",
    "recovery_end_command": "",
    "logging_collector": "off",
}
# What a session says wins over what ALTER DATABASE or ALTER ROLE set.
_SESSION = "-c default_transaction_read_only=on -c timezone=UTC -c extra_float_digits=1"
_EPOCH = re.compile(r'\bepoch = "(\d+)"')
_SEPARATOR = "\x1f"


@dataclass(frozen=True)
class Offline:
    """A running offline server."""

    volume: Volume
    folder: Path
    sockets: str

    @property
    def programs(self) -> Programs:
        """PostgreSQL's programs."""
        return self.volume.programs

    def rows(self, database: str, sql: str) -> Iterator[list[str]]:
        """Yield the rows of one query as text; raises ProgramError."""
        # In a file: a query that names a million transactions is too long for an argument.
        query = self.folder / "query.sql"
        self.volume.write(query, f"{sql};\n")
        for line in self.programs.lines("psql", *self._arguments(database), "-f", query):
            yield line.split(_SEPARATOR)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run it for the block; raise ProgramError where it does not start or stop cleanly."""
        log = self.folder / "log"
        with (
            log.open("w+") as stream,
            self.programs.started(
                "postgres", *self._settings(), death=signal.SIGQUIT, stdout=stream, stderr=stream
            ) as process,
        ):
            await_server(process, self.volume.data, {"ready"}, log.read_text)
            yield
            process.send_signal(signal.SIGINT)
            if process.wait():
                raise ProgramError("postgres", process.returncode, log.read_text())

    def _settings(self) -> list[str]:
        private = {
            "config_file": str(self.programs.pod.settings_folder / "postgresql.conf"),
            "hba_file": str(self.folder / "pg_hba.conf"),
            "unix_socket_directories": self.sockets,
            **_SETTINGS,
        }
        settings = [word for name, value in private.items() for word in ("-c", f"{name}={value}")]
        return ["-D", str(self.volume.data), *settings, *KEEP_ALL_WAL]

    def _arguments(self, database: str) -> tuple[str, ...]:
        superuser = self.programs.pod.superuser
        conninfo = (
            f"host={self.sockets} port={_SETTINGS['port']} user={superuser} "
            f"dbname='{_escaped(database)}' client_encoding=UTF8 options='{_SESSION}'"
        )
        flags = ("-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-v", "FETCH_COUNT=1000")
        return (*flags, "-F", _SEPARATOR, "-d", conninfo)


@contextmanager
def offline_server(volume: Volume) -> Iterator[Offline]:
    """Run the data folder's server until the block ends, then shut it down cleanly.

    Raises ProgramError where it does not start or does not stop cleanly.
    """
    folder = volume.folder / ".offline"
    volume.make_folder(folder)
    volume.write(folder / "pg_hba.conf", "local all all trust\n")
    # Not on the volume: a socket's path has 107 characters at most.
    with TemporaryDirectory(prefix="landbridge-") as sockets:
        volume.programs.own(Path(sockets))
        server = Offline(volume, folder, sockets)
        with server.running():
            yield server
    volume.make_folder(folder)
    folder.rmdir()


def recover(volume: Volume) -> None:
    """End the data folder's crash recovery and leave it cleanly shut down; raise ProgramError."""
    with offline_server(volume):
        pass


def single_user_epoch(programs: Programs, data: Path) -> int | None:
    """Return the newest epoch in a stopped data folder, None where it could not be read."""
    configuration = programs.pod.settings_folder / "postgresql.conf"
    arguments = ("--single", "-D", data, "-c", f"config_file={configuration}")
    quiet = ("-c", "synchronous_standby_names=", "-c", "default_transaction_read_only=on")
    sql = "SELECT max(epoch) AS epoch FROM landbridge.epoch;\n"
    try:
        said = programs.output(
            "postgres", *arguments, *quiet, *KEEP_ALL_WAL, programs.pod.database, stdin=sql
        )
    except ProgramError:
        return None
    found = _EPOCH.search(said)
    return int(found[1]) if found else None


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")
