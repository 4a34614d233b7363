"""A session with the PostgreSQL in memory, by pg8000's native interface."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pg8000.exceptions

from landbridge.domain.lsn import format_lsn
from tests.functions.fake_database import FakeDatabase

__all__ = ["FakeConnection"]

_SITES = ("aws", "azure")
# What these did stays done when whoever sent them dies.
_EFFECTS = (
    "ALTER SYSTEM",
    "CHECKPOINT",
    "INSERT",
    "SELECT activity.usename",
    "SELECT landbridge.keep_wal_for",
    "SELECT pg_promote",
    "SELECT pg_reload_conf",
    "SELECT pg_wal_replay_resume",
    'SELECT sequence, "column"',
)


def _nothing_happens(_what: str) -> None:
    """Stand in for whoever wants to know what was done."""


class FakeConnection:
    """One session; ``done`` hears of each statement that changed something."""

    def __init__(
        self, database: FakeDatabase, done: Callable[[str], None] = _nothing_happens
    ) -> None:
        self._database, self._done = database, done
        self._read_only: bool | None = None
        self._rows: dict[str, Callable[..., list[list[Any]]]] = {
            "SELECT pg_is_in_recovery(), current_setting": self._look,
            "SELECT pg_is_in_recovery(), to_regprocedure": self._can_resequence,
            "SELECT pg_is_in_recovery()": lambda: [[database.in_recovery]],
            "SELECT application_name": lambda: [
                [*row, database.streams_for] for row in database.replication()
            ],
            "SELECT link.sync_state": self._slots,
            "SELECT pg_try_advisory_lock": self._lock,
            "SELECT pg_wal_replay_resume": self._resume,
            "SELECT pg_promote": self._promote,
            "SELECT pg_reload_conf": self._reload,
            "SELECT clock_timestamp": lambda: [[datetime.now(UTC)]],
            "SELECT activity.usename": self._terminate,
            "SELECT pg_logical_emit_message": lambda: [[format_lsn(database.lsn)]],
            "SELECT pg_current_wal_flush_lsn": lambda: [[format_lsn(database.lsn)]],
            "SELECT run FROM landbridge.epoch": self._read_epoch,
            "INSERT INTO landbridge.epoch": self._write_epoch,
            "INSERT INTO landbridge.heartbeat": self._write_heartbeat,
            "SHOW default_transaction_read_only": lambda: [["on" if database.read_only else "off"]],
            "ALTER SYSTEM SET default_transaction_read_only = on": lambda: self._set(hold=True),
            "ALTER SYSTEM RESET default_transaction_read_only": lambda: self._set(hold=False),
            "ALTER SYSTEM SET synchronous_standby_names = ''": lambda: self._set(names=""),
            "ALTER SYSTEM SET synchronous_standby_names = 'azure'": lambda: self._set(
                names="azure"
            ),
            "SELECT landbridge.keep_wal_for": self._keep_wal,
            "SELECT sequence, locks": lambda: [[n, 1] for n, _ in enumerate(database.behind)],
            'SELECT sequence, "column"': self._resequence,
            "SET default_transaction_read_only = off": lambda: self._session(read_only=False),
            "SET default_transaction_read_only = on": lambda: self._session(read_only=True),
            "SET ": list,
            "CHECKPOINT": list,
        }

    def run(self, sql: str, **parameters: Any) -> list[list[Any]]:
        """Do what the statement would do; an unknown one is the test's mistake."""
        if not self._database.up:
            raise pg8000.exceptions.InterfaceError("network error")
        text = " ".join(sql.split())
        found = next(rows for start, rows in self._rows.items() if text.startswith(start))
        answer = found(**parameters)
        if text.startswith(_EFFECTS):
            self._done(f"{self._database.site}: {text[:60]}")
        return answer

    def close(self) -> None:
        """Say goodbye; a session's advisory lock ends with it."""
        if self._database.locked_by == id(self):
            self._database.locked_by = None

    def _look(self) -> list[list[Any]]:
        one = self._database
        standby, primary = one.in_recovery, not one.in_recovery
        look = [
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
            one.epoch,
            False if standby else None,
        ]
        return [look]

    def _slots(self, name: str) -> list[list[Any]]:
        rows = self._database.replication()
        return [[sync, "reserved"] for known, _, sync, _ in rows if known == name]

    def _lock(self, key: int) -> list[list[Any]]:
        assert key
        if self._database.locked_by in {None, id(self)}:
            self._database.locked_by = id(self)
        return [[self._database.locked_by == id(self)]]

    def _resume(self) -> list[list[Any]]:
        if self._database.promoting:
            raise pg8000.exceptions.DatabaseError(
                {"C": "55000", "M": "standby promotion is ongoing"}
            )
        self._database.replay_paused = False
        return [[None]]

    def _promote(self) -> list[list[Any]]:
        if not self._database.in_recovery:
            raise pg8000.exceptions.DatabaseError(
                {"C": "55000", "M": "recovery is not in progress"}
            )
        self._database.leave_recovery()
        return [[True]]

    def _reload(self) -> list[list[Any]]:
        self._database.load_settings()
        return [[True]]

    def _terminate(self, since: datetime) -> list[list[Any]]:
        ended, self._database.sessions = self._database.sessions, 0
        return [["orders", "", "ClientRead", True]] * (ended if since else 0)

    def _set(self, *, hold: bool | None = None, names: str | None = None) -> list[list[Any]]:
        if hold is not None:
            self._database.pending["read_only"] = hold
        if names is not None:
            self._database.pending["synchronous_standby_names"] = names
        return []

    def _session(self, *, read_only: bool) -> list[list[Any]]:
        self._read_only = read_only
        return []

    def _keep_wal(self, site: str) -> list[list[Any]]:
        if site not in _SITES:
            return [[f"{site} is not a site"]]
        self._database.slots.add(site)
        return [[""]]

    def _writable(self) -> None:
        one = self._database
        if one.in_recovery or (one.read_only if self._read_only is None else self._read_only):
            raise pg8000.exceptions.DatabaseError({"C": "25006", "M": "read-only transaction"})
        if one.failing_writes:
            one.failing_writes -= 1
            raise pg8000.exceptions.DatabaseError({"C": "57P03", "M": "starting up"})

    def _write_epoch(self, epoch: int, site: str, run: str, timeline: int) -> list[list[Any]]:
        self._writable()
        assert site == self._database.site
        assert timeline == self._database.timeline
        if epoch not in self._database.epochs and not self._database.commit("epoch", epoch, run):
            # A commit that waits for its standby is not ended by statement_timeout.
            raise pg8000.exceptions.InterfaceError("timed out")
        return []

    def _write_heartbeat(self, site: str) -> list[list[Any]]:
        self._writable()
        assert site == self._database.site
        self._database.heartbeat_at += 1
        return []

    def _read_epoch(self, epoch: int) -> list[list[Any]]:
        run = self._database.epochs.get(epoch)
        return [] if run is None else [[run]]

    def _can_resequence(self) -> list[list[Any]]:
        return [[self._database.in_recovery, True]]

    def _resequence(self, batch: str, *, dry_run: bool, scan_bytes: int) -> list[list[Any]]:
        assert scan_bytes
        names = list(self._database.behind)
        wanted = [names[int(number)] for number in batch.strip("{}").split(",")]
        moved = [
            [name, f"{name}.id", "moved", 1, 1 + self._database.behind[name], ""]
            for name in wanted
            if self._database.behind[name]
        ]
        if not dry_run:
            self._writable()
            self._database.behind |= dict.fromkeys(wanted, 0)
        return moved
