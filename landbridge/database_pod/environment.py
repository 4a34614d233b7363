"""What the pod's environment says, read once; errors name the variable."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from landbridge.adapters.entra import Client
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.foreign import seconds_up_to, shown

__all__ = [
    "GuardSettings",
    "PodSettings",
    "RebuildOrder",
    "RehearsalOrder",
    "SmokeOrder",
    "guard_settings",
    "pod_settings",
    "rebuild_order",
    "rehearsal_order",
    "smoke_order",
    "standby_conninfo",
]

_AUTHORITY = "https://login.microsoftonline.com"
_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SECRET = re.compile(r"\b(ssl)?password\s*=", re.IGNORECASE)
_URI = re.compile(r"\s*postgres(ql)?://", re.IGNORECASE)
_RATE = re.compile(r"[1-9][0-9]{0,6}[kM]")
_SITES = ("aws", "azure")
_SLOT = re.compile(r"[a-z0-9_]{1,63}")
_TRUTH = {"true": True, "false": False}
_LONGEST_SECONDS = 7_200.0
_LAST_PORT, _PORT_DIGITS = 65_535, 5
_REMEDY = "mend the pod's environment"


@dataclass(frozen=True)
class PodSettings:
    """Where things are; ``user`` runs PostgreSQL's programs where this process is root."""

    site: str
    data_folder: Path
    settings_folder: Path
    programs_folder: Path | None
    user: str | None
    superuser: str
    database: str


@dataclass(frozen=True)
class GuardSettings:
    """Whom the guard asks and as whom, and how often it looks again.

    ``token_file`` is the service account's token, which the kubelet keeps fresh.
    """

    url: str
    client: Client
    token_file: Path
    seconds: float


@dataclass(frozen=True)
class RebuildOrder:
    """One rebuild: ``conninfo`` leads to the serving site for replication, without a database."""

    run: str
    conninfo: str
    slot: str
    discard_forked_rows: bool


@dataclass(frozen=True)
class RehearsalOrder:
    """One clone: ``conninfo`` leads to the standby for replication; ``port`` is the clone's own.

    ``max_rate`` is pg_basebackup's: bytes a second, as ``100M``. ``keep_free_percent`` is how much
    of the disk must stay free beside the copy.
    """

    run: str
    conninfo: str
    port: int
    max_rate: str
    keep_free_percent: float


@dataclass(frozen=True)
class SmokeOrder:
    """Where the workload on the clone answers, and how long it may take to be ready."""

    url: str
    seconds: float


def pod_settings(environment: Mapping[str, str]) -> PodSettings:
    """Return what all commands need; raise ConfigurationError."""
    programs = environment.get("POSTGRES_PROGRAMS", "")
    return PodSettings(
        site=_site(environment),
        data_folder=Path(_needed(environment, "DATA_FOLDER")),
        settings_folder=Path(_needed(environment, "SETTINGS_FOLDER")),
        programs_folder=Path(programs) if programs else None,
        user=environment.get("POSTGRES_USER") or None,
        superuser=environment.get("POSTGRES_SUPERUSER") or "postgres",
        database=environment.get("SOURCE_DATABASE") or "orders",
    )


def guard_settings(environment: Mapping[str, str]) -> GuardSettings:
    """Return the gate's address and who asks for it; raise ConfigurationError.

    ``AZURE_...`` are named as Azure's workload identity names them.
    """
    return GuardSettings(
        url=_needed(environment, "GATE_URL"),
        client=Client(
            authority=environment.get("AZURE_AUTHORITY_HOST") or _AUTHORITY,
            tenant_id=_needed(environment, "AZURE_TENANT_ID"),
            client_id=_needed(environment, "AZURE_CLIENT_ID"),
            application_id=_needed(environment, "GATE_APPLICATION_ID"),
        ),
        token_file=Path(_needed(environment, "AZURE_FEDERATED_TOKEN_FILE")),
        seconds=_seconds(environment, "GUARD_SECONDS", "2"),
    )


def rebuild_order(environment: Mapping[str, str]) -> RebuildOrder:
    """Return what to rebuild from; raise ConfigurationError."""
    run, conninfo = _run(environment), _conninfo(environment, "PRIMARY_CONNINFO")
    slot = _needed(environment, "SLOT")
    if not _SLOT.fullmatch(slot):
        raise ConfigurationError(f"SLOT: {shown(slot)} cannot name a slot", _REMEDY)
    discard = environment.get("DISCARD_FORKED_ROWS") or "false"
    if discard not in _TRUTH:
        said = f"DISCARD_FORKED_ROWS: {shown(discard)} is neither true nor false"
        raise ConfigurationError(said, _REMEDY)
    return RebuildOrder(run, conninfo, slot, _TRUTH[discard])


def standby_conninfo(environment: Mapping[str, str]) -> str:
    """Return the way to the other site, empty where none is told: a primary can serve without."""
    return environment.get("PRIMARY_CONNINFO", "")


def rehearsal_order(environment: Mapping[str, str]) -> RehearsalOrder:
    """Return what to clone, and where the clone listens; raise ConfigurationError."""
    text = _needed(environment, "CLONE_PORT")
    port = int(text) if text.isascii() and text.isdigit() and len(text) <= _PORT_DIGITS else 0
    if not 0 < port <= _LAST_PORT:
        raise ConfigurationError(f"CLONE_PORT: {shown(text)} is no port", _REMEDY)
    rate = environment.get("CLONE_MAX_RATE") or "100M"
    if not _RATE.fullmatch(rate):
        raise ConfigurationError(
            f"CLONE_MAX_RATE: {shown(rate)} is no rate", "a number with k or M, from 32k to 1024M"
        )
    conninfo = _conninfo(environment, "CLONE_CONNINFO")
    return RehearsalOrder(_run(environment), conninfo, port, rate, _keep_free(environment))


def smoke_order(environment: Mapping[str, str]) -> SmokeOrder:
    """Return where to place an order; raise ConfigurationError."""
    url = _needed(environment, "SMOKE_URL")
    if not url.startswith("http://"):
        raise ConfigurationError(f"SMOKE_URL: {shown(url)} is no http address", _REMEDY)
    return SmokeOrder(url.rstrip("/"), _seconds(environment, "SMOKE_SECONDS", "120"))


def _keep_free(environment: Mapping[str, str]) -> float:
    text = environment.get("CLONE_KEEP_FREE_PERCENT") or "15"
    if not re.fullmatch(r"[0-9]{1,2}", text, re.ASCII):
        said = f"CLONE_KEEP_FREE_PERCENT: {shown(text)} is no whole number from 0 to 99"
        raise ConfigurationError(said, _REMEDY)
    return float(text)


def _run(environment: Mapping[str, str]) -> str:
    run = _needed(environment, "RUN")
    if not _RUN.fullmatch(run):
        raise ConfigurationError(f"RUN: {shown(run)} cannot name a folder", _REMEDY)
    return run


def _conninfo(environment: Mapping[str, str], name: str) -> str:
    conninfo = _needed(environment, name)
    if _URI.match(conninfo):
        # A password in it would be among the program's arguments, and nothing can be added to it.
        raise ConfigurationError(f"{name} is a URI", "write it as host=... port=... passfile=...")
    if _SECRET.search(conninfo):
        raise ConfigurationError(
            f"{name} holds a password, which every process could read", "use passfile="
        )
    if not conninfo.isprintable():
        raise ConfigurationError(f"{name} holds control characters", _REMEDY)
    return conninfo


def _seconds(environment: Mapping[str, str], name: str, default: str) -> float:
    text = environment.get(name) or default
    return seconds_up_to(text, name, _LONGEST_SECONDS, _REMEDY)


def _site(environment: Mapping[str, str]) -> str:
    site = _needed(environment, "SITE")
    if site not in _SITES:
        raise ConfigurationError(f"SITE: {shown(site)} is none", f"one of {', '.join(_SITES)}")
    return site


def _needed(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise ConfigurationError(f"{name} is not set", _REMEDY)
    return value
