"""A PostgreSQL that knows just the statements landbridge sends, and their effect on a failover."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pg8000.exceptions

from landbridge.domain.lsn import format_lsn


@dataclass
class FakeDatabase:
    """One site's server; positions in bytes. ``failing_writes`` counts down as writes fail."""

    site: str
    in_recovery: bool
    timeline: int = 1
    lsn: int = 100_000
    received: int = 100_000
    replay_paused: bool = False
    replay_stuck_at: int | None = None
    replay_delayed: bool = False
    up: bool = True
    read_only: bool = False
    synchronous_standby_names: str = ""
    standbys: list[tuple[str, str, str, str]] = field(default_factory=list)
    streams_for: float = 3600.0
    heartbeat_at: float = 100.0
    epochs: dict[int, str] = field(default_factory=lambda: {1: "first"})
    failing_writes: int = 0
    sessions: int = 0
    promotions: int = 0

    @property
    def replayed(self) -> int:
        """How far replay has come: all that was received, unless something holds it."""
        if self.replay_paused:
            return self.received - 500
        return self.received if self.replay_stuck_at is None else self.replay_stuck_at

    @property
    def takes_writes(self) -> bool:
        """Whether an ordinary client's write would be committed."""
        return self.up and not self.in_recovery and not self.read_only


class FakeConnection:
    """One session, by pg8000's native interface."""

    def __init__(self, database: FakeDatabase) -> None:
        self._database = database
        self._rows: dict[str, Callable[..., list[list[Any]]]] = {
            "SELECT pg_is_in_recovery()": self._recovery,
            "SELECT application_name": lambda: [
                [*row, database.streams_for] for row in database.standbys
            ],
            "SELECT pg_try_advisory_lock": lambda key: [[key != 0]],
            "SELECT pg_wal_replay_resume": self._resume,
            "SELECT pg_promote": self._promote,
            "SELECT pg_reload_conf": lambda: [[True]],
            "SELECT clock_timestamp": lambda: [[datetime.now(UTC)]],
            "SELECT activity.usename": self._terminate,
            "SELECT pg_logical_emit_message": lambda: [[format_lsn(database.lsn)]],
            "SELECT pg_current_wal_flush_lsn": lambda: [[format_lsn(database.lsn)]],
            "SELECT run FROM landbridge.epoch": self._read_epoch,
            "INSERT INTO landbridge.epoch": self._write_epoch,
            "INSERT INTO landbridge.heartbeat": self._write_heartbeat,
            "SHOW default_transaction_read_only": lambda: [["on" if database.read_only else "off"]],
            "ALTER SYSTEM SET default_transaction_read_only = on": lambda: self._hold(held=True),
            "ALTER SYSTEM RESET default_transaction_read_only": lambda: self._hold(held=False),
            "SELECT landbridge.keep_wal_for": lambda site: [["" if site else "no site"]],
            "SET ": list,
            "CHECKPOINT": list,
        }

    def run(self, sql: str, **parameters: Any) -> list[list[Any]]:
        """Do what the statement would do; an unknown one is the test's mistake."""
        if not self._database.up:
            raise pg8000.exceptions.InterfaceError("network error")
        text = " ".join(sql.split())
        if text.startswith("SELECT pg_is_in_recovery(),"):
            return [self._look()]
        found = next(rows for start, rows in self._rows.items() if text.startswith(start))
        return found(**parameters)

    def close(self) -> None:
        """Say goodbye."""

    def _look(self) -> list[Any]:
        one = self._database
        standby, primary = one.in_recovery, not one.in_recovery
        return [
            standby,
            one.read_only,
            f"{one.timeline:08X}{0:016X}" if primary else None,
            format_lsn(one.lsn) if primary else None,
            format_lsn(one.received) if standby else None,
            format_lsn(one.replayed) if standby else None,
            one.replay_paused if standby else None,
            one.replay_delayed if standby else None,
            one.synchronous_standby_names,
            one.timeline if standby else None,
            one.timeline,
            one.heartbeat_at,
            max(one.epochs),
            False if standby else None,
        ]

    def _recovery(self) -> list[list[Any]]:
        return [[self._database.in_recovery]]

    def _resume(self) -> list[list[Any]]:
        self._database.replay_paused = False
        return [[None]]

    def _promote(self) -> list[list[Any]]:
        if not self._database.in_recovery:
            raise pg8000.exceptions.DatabaseError(
                {"C": "55000", "M": "recovery is not in progress"}
            )
        self._database.in_recovery = False
        self._database.timeline += 1
        self._database.promotions += 1
        return [[True]]

    def _terminate(self, since: datetime) -> list[list[Any]]:
        ended, self._database.sessions = self._database.sessions, 0
        return [["orders", "", "ClientRead", True]] * (ended if since else 0)

    def _hold(self, *, held: bool) -> list[list[Any]]:
        self._database.read_only = held
        return []

    def _writable(self) -> None:
        if self._database.in_recovery:
            raise pg8000.exceptions.DatabaseError({"C": "25006", "M": "read-only transaction"})
        if self._database.failing_writes:
            self._database.failing_writes -= 1
            raise pg8000.exceptions.DatabaseError({"C": "57P03", "M": "starting up"})

    def _write_epoch(self, epoch: int, site: str, run: str, timeline: int) -> list[list[Any]]:
        self._writable()
        assert site == self._database.site
        assert timeline == self._database.timeline
        self._database.epochs.setdefault(epoch, run)
        return []

    def _write_heartbeat(self, site: str) -> list[list[Any]]:
        self._writable()
        assert site == self._database.site
        self._database.heartbeat_at += 1
        return []

    def _read_epoch(self, epoch: int) -> list[list[Any]]:
        run = self._database.epochs.get(epoch)
        return [] if run is None else [[run]]
