"""What the pod's environment says, read once; errors name the variable."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from landbridge.domain.errors import ConfigurationError

__all__ = [
    "GuardSettings",
    "PodSettings",
    "RebuildOrder",
    "guard_settings",
    "pod_settings",
    "rebuild_order",
]

_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SECRET = re.compile(r"\b(ssl)?password\s*=")
_TRUTH = {"true": True, "false": False}


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
    """Whom the guard asks, and how often it looks again."""

    url: str
    key: str
    seconds: float


@dataclass(frozen=True)
class RebuildOrder:
    """One rebuild: ``conninfo`` leads to the serving site for replication, without a database."""

    run: str
    conninfo: str
    slot: str
    discard_forked_rows: bool


def pod_settings(environment: Mapping[str, str]) -> PodSettings:
    """Return what all commands need; raise ConfigurationError."""
    programs = environment.get("POSTGRES_PROGRAMS", "")
    return PodSettings(
        site=_needed(environment, "SITE"),
        data_folder=Path(_needed(environment, "DATA_FOLDER")),
        settings_folder=Path(_needed(environment, "SETTINGS_FOLDER")),
        programs_folder=Path(programs) if programs else None,
        user=environment.get("POSTGRES_USER") or None,
        superuser=environment.get("POSTGRES_SUPERUSER") or "postgres",
        database=environment.get("SOURCE_DATABASE") or "orders",
    )


def guard_settings(environment: Mapping[str, str]) -> GuardSettings:
    """Return the gate's address and key; raise ConfigurationError."""
    text = environment.get("GUARD_SECONDS") or "2"
    try:
        seconds = float(text)
    except ValueError:
        raise ConfigurationError(f"GUARD_SECONDS: {text!r} is no number") from None
    return GuardSettings(
        url=_needed(environment, "GATE_URL"), key=environment.get("GATE_KEY", ""), seconds=seconds
    )


def rebuild_order(environment: Mapping[str, str]) -> RebuildOrder:
    """Return what to rebuild from; raise ConfigurationError."""
    run = _needed(environment, "RUN")
    if not _RUN.fullmatch(run):
        raise ConfigurationError(f"RUN: {run!r} cannot name a folder")
    conninfo = _needed(environment, "PRIMARY_CONNINFO")
    if _SECRET.search(conninfo):
        raise ConfigurationError(
            "PRIMARY_CONNINFO holds a password, which every process could read", "use passfile="
        )
    discard = environment.get("DISCARD_FORKED_ROWS") or "false"
    if discard not in _TRUTH:
        raise ConfigurationError(f"DISCARD_FORKED_ROWS: {discard!r} is neither true nor false")
    return RebuildOrder(run, conninfo, _needed(environment, "SLOT"), _TRUTH[discard])


def _needed(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise ConfigurationError(f"{name} is not set", "mend the pod's environment")
    return value
