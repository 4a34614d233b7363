"""A PostgreSQL that knows just the statements landbridge sends, and what they do to two sites.

Two of them replicate: a commit reaches the peer while that streams, and is acknowledged as
``synchronous_standby_names`` wants it. Settings take effect at a reload or a start, as
``ALTER SYSTEM`` has it. Positions are in bytes.

Source: PostgreSQL 16, "ALTER SYSTEM", "Synchronous Replication", "Timelines".
"""

from dataclasses import dataclass, field, replace
from typing import Any

from landbridge.domain.lsn import format_lsn
from landbridge.domain.timeline_history import Timeline, common_fork

__all__ = ["FakeDatabase", "Record"]

_RECORD_BYTES = 100


@dataclass(frozen=True)
class Record:
    """One committed transaction: where its WAL ends, its table (row or epoch), and what it put."""

    end: int
    table: str
    key: Any
    value: Any


@dataclass
class FakeDatabase:
    """One site's server; ``failing_writes`` counts down as writes fail.

    ``standbys`` are rows of pg_stat_replication beside the peer's. ``pending`` are settings that
    were written and not loaded yet. ``in_recovery`` is also whether ``standby.signal`` is there.
    """

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
    streams_for: float = 3600.0  # how long each standby has streamed
    heartbeat_at: float = 100.0
    epochs: dict[int, str] = field(default_factory=lambda: {1: "first"})
    failing_writes: int = 0
    sessions: int = 0
    promotions: int = 0
    peer: "FakeDatabase | None" = field(default=None, repr=False, compare=False)
    linked: bool = True
    ended: tuple[Timeline, ...] = ()
    log: list[Record] = field(default_factory=list)
    rows: dict[str, Any] = field(default_factory=dict)
    slots: set[str] = field(default_factory=set)
    pending: dict[str, Any] = field(default_factory=dict)
    clean: bool = False
    exported: set[str] = field(default_factory=set)
    behind: dict[str, int] = field(default_factory=dict)
    locked_by: int | None = None
    promoting: bool = False  # told to, and not there yet

    def copied(self) -> "FakeDatabase":
        """Return a copy without a peer and without sessions' locks; rows are never changed."""
        return replace(
            self,
            standbys=list(self.standbys),
            epochs=dict(self.epochs),
            log=list(self.log),
            rows=dict(self.rows),
            slots=set(self.slots),
            pending=dict(self.pending),
            exported=set(self.exported),
            behind=dict(self.behind),
            peer=None,
            locked_by=None,
        )

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

    @property
    def epoch(self) -> int:
        """The newest epoch in the data."""
        return max(self.epochs)

    @property
    def position(self) -> int:
        """Where its WAL ends."""
        return self.received if self.in_recovery else self.lsn

    @property
    def history(self) -> tuple[Timeline, ...]:
        """Its timelines, oldest first."""
        begin = self.ended[-1].end if self.ended else 0
        assert begin is not None
        return (*self.ended, Timeline(self.timeline, begin, None))

    @property
    def streams(self) -> bool:
        """Whether it is a standby that gets its peer's WAL, by a slot, at this moment."""
        peer = self.peer
        if peer is None or not (self.up and self.in_recovery and self.linked and peer.up):
            return False
        fork = common_fork(self.history, peer.history)
        parted = fork is None or fork.timeline != self.timeline
        if peer.in_recovery or self.site not in peer.slots or fork is None or parted:
            return False
        return fork.lsn is None or self.received <= fork.lsn

    def replication(self) -> list[tuple[str, str, str, str]]:
        """Return the rows of pg_stat_replication: name, state, sync_state, replay_lsn."""
        rows = list(self.standbys)
        if self.peer is not None and self.peer.streams:
            state = "sync" if self.peer.site in self.synchronous_standby_names else "async"
            rows.append((self.peer.site, "streaming", state, format_lsn(self.peer.replayed)))
        return rows

    def commit(self, table: str, key: Any, value: Any) -> bool:
        """Commit one row; return whether the client hears of it, or waits for a standby for ever.

        Sessions that wait are ended by a fence, so what they wrote is on this site alone.
        """
        self.lsn += _RECORD_BYTES
        record = Record(self.lsn, table, key, value)
        self._apply(record)
        follower = self.peer if self.peer is not None and self.peer.streams else None
        if follower is not None:
            follower.receive()
        wanted = self.synchronous_standby_names
        return not wanted or (follower is not None and follower.site in wanted)

    def receive(self) -> None:
        """Take all of the peer's WAL that is not here yet."""
        assert self.peer is not None
        for record in self.peer.log[len(self.log) :]:
            self._apply(record)
        self.received = self.peer.lsn
        self.timeline, self.ended = self.peer.timeline, self.peer.ended

    def _apply(self, record: Record) -> None:
        self.log.append(record)
        if record.table == "epoch":
            self.epochs.setdefault(record.key, record.value)
        else:
            self.rows.setdefault(record.key, record.value)

    def load_settings(self) -> None:
        """Take over what ALTER SYSTEM wrote."""
        for name, value in self.pending.items():
            setattr(self, name, value)
        self.pending.clear()

    def leave_recovery(self) -> None:
        """Become a primary, on the next timeline, with all that was received."""
        begin = self.history[-1].begin
        self.ended = (*self.ended, Timeline(self.timeline, begin, self.received))
        self.timeline += 1
        self.lsn, self.in_recovery = self.received, False
        self.promotions += 1

    def stop(self, *, clean: bool) -> None:
        """End the server: a clean shutdown of a primary writes a checkpoint, which is WAL too."""
        if not self.up:
            return
        if clean and not self.in_recovery:
            self.lsn += _RECORD_BYTES
            if self.peer is not None and self.peer.streams:
                self.peer.receive()
        self.up, self.clean, self.sessions, self.locked_by = False, clean, 0, None

    def start(self) -> None:
        """Start the server on its data folder."""
        self.up = True
        self.load_settings()
        if self.streams:
            self.receive()
