"""What is true of a database, as one look saw it. ``None`` means that the look could not tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["DatabaseLook", "StandbyConnection", "parse_look", "unreachable"]


@dataclass(frozen=True)
class StandbyConnection:
    """One row of the primary's pg_stat_replication."""

    application_name: str
    state: str
    sync_state: str
    replay_lsn: int | None
    since_seconds: float | None = None  # how long the connection has been there


@dataclass(frozen=True)
class DatabaseLook:
    """One look at one site's database; positions in bytes, times in epoch seconds."""

    site: str
    reachable: bool
    reason: str = ""
    in_recovery: bool | None = None
    read_only: bool | None = None
    timeline: int | None = None
    current_lsn: int | None = None  # primary only
    received_lsn: int | None = None  # standby only
    replayed_lsn: int | None = None  # standby only
    replay_paused: bool | None = None  # standby only
    replay_starved: bool | None = None  # standby only: each whole record is replayed, it waits
    replay_delayed: bool | None = None  # standby only: recovery_min_apply_delay is not zero
    synchronous_standby_names: str | None = None
    standbys: tuple[StandbyConnection, ...] = ()
    heartbeat_at: float | None = None
    epoch: int | None = None

    @property
    def is_primary(self) -> bool:
        """Whether the look saw a database out of recovery."""
        return self.reachable and self.in_recovery is False

    @property
    def is_standby(self) -> bool:
        """Whether the look saw a database in recovery."""
        return self.reachable and self.in_recovery is True

    @property
    def whole_lsn(self) -> int:
        """Up to where a standby is whole: what it replayed, or what a delay alone holds back.

        PostgreSQL ends the delay when it is told to promote, and replays what it has received
        before it leaves recovery (recoveryApplyDelay in xlogrecovery.c).
        """
        replayed, received = self.replayed_lsn or 0, self.received_lsn or 0
        return max(replayed, received) if self.replay_delayed else replayed


def parse_look(document: Mapping[str, Any]) -> DatabaseLook:
    """Return the look that was kept as ``dataclasses.asdict`` gives it.

    Raises KeyError or TypeError where it is none.
    """
    fields = dict(document)
    standbys = tuple(StandbyConnection(**row) for row in fields.pop("standbys"))
    return DatabaseLook(standbys=standbys, **fields)


def unreachable(site: str, reason: str) -> DatabaseLook:
    """Return the look that saw nothing, with the reason."""
    return DatabaseLook(site=site, reachable=False, reason=reason)
