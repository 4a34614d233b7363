"""The serving site's database, as a standby to be may ask it: by the replication protocol.

Source: PostgreSQL 16, "Streaming Replication Protocol". psql sends its commands where the
connection string has ``replication=true``.
"""

from dataclasses import dataclass

from landbridge.adapters.polling import poll
from landbridge.database_pod.environment import RebuildOrder
from landbridge.database_pod.programs import ProgramError, Programs
from landbridge.domain.errors import (
    DatabaseUnreachableError,
    RebuildFailedError,
)
from landbridge.domain.lsn import parse_lsn
from landbridge.domain.tablespaces import OUTSIDE
from landbridge.domain.timeline_history import Timeline, parse_history

__all__ = ["Source", "SourceLook"]

CONNECT_SECONDS = 10
_PER_4_GIB = 2**32
# Longer than wal_sender_timeout's default: by then the serving site has noticed a lost standby.
SLOT_SECONDS = 75.0


@dataclass(frozen=True)
class SourceLook:
    """The serving site's identity and position, the latter in bytes."""

    system: str
    timeline: int
    position: int
    history: tuple[Timeline, ...]


@dataclass(frozen=True)
class Source:
    """Asks the serving site; raises DatabaseUnreachableError where it does not answer."""

    programs: Programs
    order: RebuildOrder

    @property
    def conninfo(self) -> str:
        """The way there for replication."""
        text = self.order.conninfo
        return text if "connect_timeout" in text else f"{text} connect_timeout={CONNECT_SECONDS}"

    @property
    def database_conninfo(self) -> str:
        """The way to the workload's database."""
        return f"{self.conninfo} dbname={self.programs.pod.database}"

    def look(self) -> SourceLook:
        """Return who it is and where it stands; raise RebuildFailedError for a standby."""
        system, timeline, position, *_ = self._replication("IDENTIFY_SYSTEM").split("|")
        if self._ask(self.database_conninfo, "SELECT pg_is_in_recovery()") != "f":
            raise RebuildFailedError(
                "the serving site's database is a standby itself", "promote it, or ask the other"
            )
        number, history = int(timeline), ""
        if number > 1:
            _, _, history = self._replication(f"TIMELINE_HISTORY {number}").partition("|")
        return SourceLook(system, number, parse_lsn(position), parse_history(history, number))

    def has_wal(self, segment: int, serving: SourceLook, segment_bytes: int) -> bool:
        """Tell whether the WAL file with that number is there, on any of its timelines."""
        per_file = _PER_4_GIB // segment_bytes
        names = ", ".join(
            f"'pg_wal/{one.number:08X}{segment // per_file:08X}{segment % per_file:08X}'"
            for one in serving.history
        )
        sql = (
            f"SELECT coalesce(bool_or((pg_stat_file(name, true)).size IS NOT NULL), false) "  # noqa: S608 - numbers only
            f"FROM unnest(ARRAY[{names}]) AS name"
        )
        return self._ask(self.database_conninfo, sql) == "t"

    def tablespaces(self) -> list[str]:
        """Return those outside of its data folder, each with its place."""
        return self._ask(self.database_conninfo, OUTSIDE).splitlines()

    def ensure_slot(self) -> None:
        """Make the slot, with WAL kept from now on; one that lost its WAL is made anew."""
        kind, kept = self._slot()
        if kind:
            self._wait_until_free()
        if kind and kept:
            return
        name = _quoted(self.order.slot)
        if kind:
            self._replication(f"DROP_REPLICATION_SLOT {name}")
        self._replication(f"CREATE_REPLICATION_SLOT {name} PHYSICAL RESERVE_WAL")

    def kept_from(self) -> str:
        """Return from which position the slot keeps WAL, as ``0/3000000``; empty for none."""
        return self._slot()[1]

    def _wait_until_free(self) -> None:
        """Wait for the end of a connection whose other side is gone; raise RebuildFailedError."""
        name = self.order.slot.replace("'", "''")
        sql = f"SELECT active FROM pg_replication_slots WHERE slot_name = '{name}'"  # noqa: S608 - quoted
        free = lambda: self._ask(self.database_conninfo, sql) != "t" or None  # noqa: E731 - one look
        if poll(free, SLOT_SECONDS, interval_seconds=1.0) is None:
            raise RebuildFailedError(
                f"the serving site's slot {self.order.slot} is in use",
                "stop the standby that streams from it",
            )

    def _slot(self) -> tuple[str, str]:
        kind, kept, *_ = self._replication(
            f"READ_REPLICATION_SLOT {_quoted(self.order.slot)}"
        ).split("|")
        return kind, kept

    def _replication(self, command: str) -> str:
        return self._ask(f"{self.conninfo} replication=true", command)

    def _ask(self, conninfo: str, command: str) -> str:
        arguments = ("-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1")
        try:
            return self.programs.output("psql", *arguments, "-d", conninfo, "-c", command).strip()
        except ProgramError as error:
            raise DatabaseUnreachableError(
                f"the serving site's database: {error}", "see that it runs and lets this site in"
            ) from error


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
