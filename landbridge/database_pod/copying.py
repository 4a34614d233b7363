"""The copy that a clone begins as: a base backup of the standby, at a bound rate, where it fits.

From the standby itself, so that the primary feels nothing; it takes no slot, for a copy that lost
its WAL is a rehearsal to repeat, and a slot that stays could fill the standby's disk.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from landbridge.database_pod.environment import RehearsalOrder
from landbridge.database_pod.passfile import with_own_passfile
from landbridge.database_pod.progress import follow_progress
from landbridge.database_pod.report import Report
from landbridge.database_pod.volume import Volume
from landbridge.domain.errors import RehearsalFailedError
from landbridge.domain.rehearsal_clone import APPLICATION_NAME, room_fault
from landbridge.domain.tablespaces import FROM_OUTSIDE

__all__ = ["Copying"]

_CONNECT_SECONDS = 10
_SEPARATOR = "\x1f"
_TABLESPACES = f"SELECT oid, pg_tablespace_location(oid) {FROM_OUTSIDE}"


@dataclass(frozen=True)
class Copying:
    """Makes the copy ``to`` a data folder; whatever else it needs lies in ``folder``, beside it."""

    volume: Volume
    order: RehearsalOrder
    report: Report
    folder: Path
    to: Path

    def copy(self) -> None:
        """Do it; raise RehearsalFailedError for a primary or a full disk, or ProgramError."""
        conninfo = self._conninfo()
        if self._ask(conninfo, "SELECT pg_is_in_recovery()") != ["t"]:
            raise RehearsalFailedError(
                "the database to clone is a primary: users would feel the copy",
                "rehearse while it is a standby: landbridge status",
            )
        to = ("-D", self.to, "-d", conninfo, "--no-password", "--progress")
        # Where commits wait for the standby, one that is busy with the copy would slow them down.
        rate = f"--max-rate={self.order.max_rate}"
        how = ("-X", "stream", "--no-slot", "--checkpoint=fast", rate)
        arguments = (*to, *how, *self._tablespaces(conninfo))
        follow_progress(
            *(self.volume.programs, self.report, "clone", "pg_basebackup", arguments),
            accept_total=self._check_room,
        )

    def _conninfo(self) -> str:
        # libpq takes the last word for a name that is given twice.
        words = f"{self.order.conninfo} application_name={APPLICATION_NAME}"
        words = f"{words} connect_timeout={_CONNECT_SECONDS}"
        return with_own_passfile(self.volume, words, self.folder)

    def _ask(self, conninfo: str, sql: str) -> list[str]:
        programs = self.volume.programs
        database = f"{conninfo} dbname={programs.pod.database}"
        how = ("-X", "-A", "-t", "-q", "-w", "-v", "ON_ERROR_STOP=1", "-F", _SEPARATOR)
        return programs.output("psql", *how, "-d", database, "-c", sql).splitlines()

    def _tablespaces(self, conninfo: str) -> Iterator[str]:
        """Yield what leads the copy of each tablespace here; else it goes where the original is."""
        for line in self._ask(conninfo, _TABLESPACES):
            number, _, path = line.partition(_SEPARATOR)
            there = path.replace("=", "\\=")
            yield f"--tablespace-mapping={there}={self.folder / 'tablespaces' / number}"

    def _check_room(self, total_bytes: int) -> None:
        disk, percent = shutil.disk_usage(self.folder), self.order.keep_free_percent
        fault = room_fault(total_bytes, disk.free, disk.total, keep_free_percent=percent)
        if fault:
            raise RehearsalFailedError(
                fault, "a larger disk: a generic ephemeral volume in job.json, or another node"
            )
