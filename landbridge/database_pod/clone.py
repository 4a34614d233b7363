"""The clone's server: its files, its private socket, and what it is asked there."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from landbridge.database_pod.postmaster import await_server
from landbridge.database_pod.volume import Volume
from landbridge.domain.rehearsal_clone import CLONE_SETTINGS, SHOWN

__all__ = ["Clone"]

_SEPARATOR = "\x1f"
_SIGNALS = ("standby.signal", "recovery.signal")
_TIMELINE = (
    "SELECT CASE WHEN pg_is_in_recovery() THEN (SELECT timeline_id FROM pg_control_checkpoint())"
    " ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END"
)
_USERS = (
    "SELECT string_agg(DISTINCT usename || ' as ' || application_name, ', ') FROM pg_stat_activity"
    " WHERE backend_type = 'client backend' AND client_addr IS NOT NULL"
)
# The id that the next transaction that writes will have, where each smaller one has ended.
_WRITTEN = "SELECT pg_snapshot_xmax(pg_current_snapshot())"


@dataclass(frozen=True)
class Clone:
    """A copy of the standby in ``folder``, on ``port`` of this pod's loopback."""

    volume: Volume
    folder: Path
    port: int

    @property
    def data(self) -> Path:
        """Its data folder."""
        return self.folder / "data"

    @property
    def signal_file(self) -> bool:
        """Whether it would start as a standby."""
        return any((self.data / name).exists() for name in _SIGNALS)

    def cut_off(self) -> None:
        """Make the copy a standby of nobody: it starts, is whole, and waits to be promoted."""
        (self.data / "recovery.signal").unlink(missing_ok=True)
        self.volume.write(self.data / "standby.signal", "")
        self.volume.write(self.data / "postgresql.auto.conf", "")

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[str]]:
        """Run it for the block, from when it can be asked; raise ProgramError where it cannot."""
        # No line for replication: nobody streams from it.
        database = self.volume.programs.pod.database.replace('"', '""')
        access = f'local all all trust\nhostssl "{database}" all 127.0.0.1/32 scram-sha-256\n'
        self.volume.write(self.folder / "pg_hba.conf", access)
        self.volume.write(self.folder / "pg_ident.conf", "")
        with (
            (self.folder / "log").open("w") as log,
            self.volume.programs.started(
                "postgres", *self._arguments(), death=signal.SIGQUIT, stdout=log, stderr=log
            ) as process,
        ):
            await_server(process, self.data, {"standby", "ready"}, self.said)
            yield process

    def said(self) -> str:
        """Return the server's log."""
        return (self.folder / "log").read_text(errors="replace")

    def timeline(self) -> int:
        """Return the timeline that it is on."""
        return int(self.ask(_TIMELINE))

    def shown(self) -> dict[str, str]:
        """Return what it says of itself, by the names of ``SHOWN``."""
        values = self.ask(f"SELECT {', '.join(SHOWN.values())}").split(_SEPARATOR)
        return dict(zip(SHOWN, values, strict=True))

    def users(self) -> list[str]:
        """Return who is connected by way of the port, as ``role as application``."""
        return [one for one in self.ask(_USERS).split(", ") if one]

    def written(self) -> int:
        """Return the number of transactions that wrote and ended, from the cluster's beginning."""
        return int(self.ask(_WRITTEN))

    def ask(self, sql: str) -> str:
        """Return the answer to one statement as text; raise ProgramError."""
        pid = (self.data / "postmaster.pid").read_text().partition("\n")[0]
        # The socket lies in the data folder, where no other user may go. A socket's path has 107
        # characters at most, and this one leads there however long the folder's own is.
        conninfo = f"host=/proc/{pid}/cwd port={self.port} dbname={self._quoted_database()}"
        arguments = ("-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-F", _SEPARATOR)
        superuser = self.volume.programs.pod.superuser
        return self.volume.programs.output(
            "psql", *arguments, "-U", superuser, "-d", conninfo, "-c", sql
        ).strip("\n")

    def _quoted_database(self) -> str:
        name = self.volume.programs.pod.database.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{name}'"

    def _arguments(self) -> list[str]:
        own = {
            "data_directory": str(self.data),  # the host's file may name another one
            "config_file": str(self.volume.programs.pod.settings_folder / "postgresql.conf"),
            "hba_file": str(self.folder / "pg_hba.conf"),
            "ident_file": str(self.folder / "pg_ident.conf"),
            "port": str(self.port),
            "unix_socket_directories": ".",
            **CLONE_SETTINGS,
        }
        settings = [word for name, value in own.items() for word in ("-c", f"{name}={value}")]
        return ["-D", str(self.data), *settings]
