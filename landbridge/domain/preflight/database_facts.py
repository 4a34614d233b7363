"""What the preflight must know of one database beyond a look, and which of the two is the primary.

``None`` means that it could not be told.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from landbridge.domain.database import DatabaseLook
from landbridge.domain.preflight.access_facts import AccessRule, Role, Session
from landbridge.domain.preflight.check import SITE, Finding, unknown

__all__ = ["DatabaseFacts", "Extension", "Pair", "Slot", "pair_of", "serving_site", "unasked"]


@dataclass(frozen=True)
class Slot:
    """A physical replication slot: ``retained_bytes`` of WAL wait in it."""

    name: str
    active: bool
    wal_status: str
    retained_bytes: int | None


@dataclass(frozen=True)
class Extension:
    """An extension that the database has; ``available``: the host can load that very version."""

    name: str
    version: str
    available: bool


@dataclass(frozen=True)
class DatabaseFacts:
    """One site's database. Where ``look`` did not reach it, nothing else is known.

    ``rights`` says which privileges landbridge's role has, ``slot_limit_bytes`` is
    max_slot_wal_keep_size (None: no limit), ``valid_until`` is by role, in epoch seconds,
    ``collation`` is the version that the database was made with and the host's own.
    ``receives``: a standby takes WAL from somebody at this moment. ``streams_as`` is the role of
    each standby that streams from here, by its application_name; ``access`` are pg_hba.conf's lines
    (None: not read, for ``access_reason``), ``sessions`` those over the network that are a
    superuser's or in the clear, ``verifies`` the standby's sslmode, ``settings`` pg_settings' own
    text, ``overrides`` whose sessions have which setting of their own, ``tablespaces`` those
    outside of the data folder.
    """

    look: DatabaseLook
    rights: Mapping[str, bool] = field(default_factory=dict)
    slots: tuple[Slot, ...] = ()
    slot_limit_bytes: int | None = None
    replay_lag_seconds: Mapping[str, float] = field(default_factory=dict)
    database_bytes: int | None = None
    wal_bytes: int | None = None
    server_version: int = 0
    extensions: tuple[Extension, ...] = ()
    locale: str = ""
    collation: tuple[str, str] = ("", "")
    checksums: bool = False
    wal_log_hints: bool = False
    full_page_writes: bool = False
    valid_until: Mapping[str, float] = field(default_factory=dict)
    receives: bool | None = None
    roles: tuple[Role, ...] = ()
    streams_as: Mapping[str, str] = field(default_factory=dict)
    access: tuple[AccessRule, ...] | None = None
    access_reason: str = ""
    sessions: tuple[Session, ...] = ()
    verifies: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    overrides: tuple[tuple[str, str], ...] = ()
    tablespaces: tuple[str, ...] = ()

    @property
    def site(self) -> str:
        """``aws`` or ``azure``."""
        return self.look.site


@dataclass(frozen=True)
class Pair:
    """The primary and its standby, as they are or, where neither tells, as they began."""

    primary: DatabaseFacts
    standby: DatabaseFacts


def pair_of(aws: DatabaseFacts, azure: DatabaseFacts) -> Pair:
    """Tell the primary from the standby.

    Where both are out of recovery one is the primary of before, fenced or held: AWS after a
    failover, Azure after a failback that did not rebuild it. The other one takes writes, or is in
    the newer epoch; in one epoch it is Azure, which is promoted before its epoch is written.
    """
    return Pair(azure, aws) if _azure_leads(aws.look, azure.look) else Pair(aws, azure)


def _azure_leads(aws: DatabaseLook, azure: DatabaseLook) -> bool:
    if not (aws.is_primary and azure.is_primary):
        return azure.is_primary or (aws.is_standby and not azure.is_standby)
    if bool(aws.read_only) != bool(azure.read_only):
        return not azure.read_only
    return (azure.epoch or 0) >= (aws.epoch or 0)


def unasked(*databases: DatabaseFacts) -> list[Finding]:
    """Return a finding for each database that was not reached; why is its own check's to say."""
    return [
        unknown(f"{SITE[one.site]}'s database could not be asked: see {one.site}-database")
        for one in databases
        if not one.look.reachable
    ]


def serving_site(aws: DatabaseLook, azure: DatabaseLook) -> tuple[str, str]:
    """Return who takes writes and why: ``aws``, ``azure``, ``both``, ``none`` or ``unknown``."""
    writes = {
        look.site: look.is_primary and not look.read_only if look.reachable else None
        for look in (aws, azure)
    }
    if writes["aws"] and writes["azure"]:
        return "both", "both databases take writes"
    for look in (aws, azure):
        if writes[look.site]:
            return look.site, f"{SITE[look.site]}'s database takes writes"
    blind = [SITE[look.site] for look in (aws, azure) if not look.reachable]
    if blind:
        return "unknown", f"{' and '.join(blind)} could not be asked"
    return "none", "neither database takes writes"
