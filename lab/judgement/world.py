"""Both sites at one moment, as somebody outside saw them; what could not be seen is ``None``."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = [
    "SITES",
    "DatabaseSeen",
    "GateSeen",
    "LockSeen",
    "PodsSeen",
    "StandbySeen",
    "World",
    "other_site",
]

SITES = ("aws", "azure")


def other_site(site: str) -> str:
    """Return the site that is not this one."""
    return SITES[1 - SITES.index(site)]


@dataclass(frozen=True)
class StandbySeen:
    """A standby as its primary has it; ``slot`` is its slot's WAL status, empty without a slot."""

    name: str
    state: str
    sync_state: str
    slot: str


@dataclass(frozen=True)
class DatabaseSeen:
    """One site's database; ``digest`` is of all its orders' ids, ``epoch`` its newest."""

    in_recovery: bool
    read_only: bool
    epoch: int
    epoch_site: str
    digest: str
    standbys: tuple[StandbySeen, ...] = ()

    @property
    def takes_writes(self) -> bool:
        """Whether it is a primary, and one that nobody holds."""
        return not self.in_recovery and not self.read_only


@dataclass(frozen=True)
class GateSeen:
    """The gate as AKS has it."""

    state: str
    active_site: str
    epoch: int


@dataclass(frozen=True)
class LockSeen:
    """The run lock; nobody's where ``holder`` is empty."""

    holder: str


@dataclass(frozen=True)
class PodsSeen:
    """The workload's pods on one site: how many are wanted, there, and ready."""

    wanted: int
    there: int
    ready: int


@dataclass(frozen=True)
class World:
    """Both sites at one moment. ``unseen`` says of what could not be seen why not.

    ``dns`` is the site that the zone answers, ``none`` where it is neither.
    """

    replication: str
    databases: Mapping[str, DatabaseSeen | None]
    pods: Mapping[str, PodsSeen | None]
    gate: GateSeen | None
    lock: LockSeen | None
    dns: str | None
    unseen: Mapping[str, str] = field(default_factory=dict)

    @property
    def serving(self) -> str | None:
        """The one site whose database was seen to take writes; None for none, or for both."""
        writing = [site for site in SITES if (one := self.databases.get(site)) and one.takes_writes]
        return writing[0] if len(writing) == 1 else None
