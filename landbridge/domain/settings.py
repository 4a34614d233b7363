"""What a step must know of the world it works in: one JSON document, parsed once, never changed.

The configuration (cdk.json's context) makes the document; a function gets it in its environment as
``LANDBRIDGE_SETTINGS``. Secrets are named here, never held.
"""

import dataclasses
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_origin, get_type_hints

from landbridge.domain.blocked_windows import BlockedWindow
from landbridge.domain.checkers_verdict import verdict_name
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.foreign import shown, shown_name

__all__ = [
    "VARIABLE",
    "Budgets",
    "Database",
    "DatabasePod",
    "Deployment",
    "Eks",
    "FunctionApp",
    "Gameday",
    "Names",
    "Settings",
    "Takeover",
    "parse_settings",
    "settings_from_environment",
]

VARIABLE = "LANDBRIDGE_SETTINGS"
_LARGEST = sys.float_info.max  # JSON's integers have no end, and a float cannot hold every one
_REMEDY = "mend cdk.json's context and deploy the stacks again"


@dataclass(frozen=True)
class Names:
    """The DNS names: ``workload`` fails over; the two health names never do.

    ``zone_id`` is the hosted zone's id in Route 53, empty where it is found by the zone's name.
    With ``zone_elsewhere`` the zone is none of this account's, and cannot be read.
    """

    zone: str
    workload: str
    health_aws: str
    health_azure: str
    zone_id: str = ""
    zone_elsewhere: bool = False

    @property
    def verdict(self) -> str:
        """The name under which the zone says what Route 53's health checkers see of AWS."""
        return verdict_name(self.health_aws)


@dataclass(frozen=True)
class Database:
    """One site's PostgreSQL as landbridge reaches it; ``secret`` names {"username", "password"}."""

    host: str
    port: int
    name: str
    secret: str


@dataclass(frozen=True)
class Eks:
    """The primary's cluster; ``certificate_authority`` is base64 PEM, empty for a public one."""

    endpoint: str
    cluster: str
    region: str
    certificate_authority: str = ""


@dataclass(frozen=True)
class Deployment:
    """The workload's Deployment, of one name on both clusters."""

    namespace: str
    name: str
    replicas: int


@dataclass(frozen=True)
class DatabasePod:
    """PostgreSQL's StatefulSet and its rebuild Job, of one name on both clusters."""

    namespace: str
    stateful_set: str
    job: str


@dataclass(frozen=True)
class FunctionApp:
    """Where the Function App answers, and as whom it is asked.

    ``application_id`` is its own registration in Entra, ``client_id`` the orchestrator's there.
    ``secret`` names {"client_secret"}; empty: no secret, AWS's own word is the proof.
    """

    url: str
    tenant_id: str
    client_id: str
    application_id: str
    authority: str = "https://login.microsoftonline.com"
    secret: str = ""


@dataclass(frozen=True)
class Budgets:
    """How long things may take, in seconds, and what may be lost."""

    event_age_seconds: int
    watchdog_seconds: int
    drill_age_days: int
    lease_seconds: int
    probe_seconds: float
    database_seconds: float
    settle_seconds: float
    fence_seconds: float
    replay_seconds: float
    promotion_seconds: float
    rollout_seconds: float
    smoke_seconds: float
    dns_seconds: float
    rpo_seconds: float
    rpo_bytes: int
    streaming_seconds: float
    switchover_lag_bytes: int
    hold_seconds: float
    approval_seconds: int


@dataclass(frozen=True)
class Gameday:
    """When a GameDay may be and how long its parts take, in seconds.

    ``alarms`` are CloudWatch's in the orchestrator's region; in ALARM they stop it.
    """

    time_zone: str = "UTC"
    blocked_windows: tuple[BlockedWindow, ...] = ()
    alarms: tuple[str, ...] = ()
    notice_seconds: int = 900
    soak_seconds: int = 1_800
    ways_seconds: int = 1_800
    look_seconds: int = 15


@dataclass(frozen=True)
class Takeover:
    """The takeover's identity in Entra, empty where there is none, and what the timer may do.

    ``automatic`` is off, confirm or on, after ``timer_seconds`` of an outage.
    """

    client_id: str = ""
    automatic: str = "off"
    timer_seconds: int = 30


@dataclass(frozen=True)
class Settings:
    """All of it; ``port`` is the entries' HTTPS port, ``name_servers`` are ``ip:port``."""

    workload: str
    replication: str
    standby_name: str
    names: Names
    port: int
    name_servers: tuple[str, ...]
    aws_database: Database
    azure_database: Database
    eks: Eks
    deployment: Deployment
    database_pod: DatabasePod
    function_app: FunctionApp
    alarm_name: str
    budgets: Budgets
    gameday: Gameday = Gameday()
    takeover: Takeover = Takeover()

    @property
    def synchronous(self) -> bool:
        """Whether Azure is the required synchronous standby."""
        return self.replication == "sync"


def _built(kind: Any, value: Any, path: str) -> Any:
    if dataclasses.is_dataclass(kind):
        return _dataclass(kind, value, path)
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise ConfigurationError(f"{path}: a list is needed, not {shown(value, path)}", _REMEDY)
        return tuple(_built(get_args(kind)[0], one, f"{path}[{n}]") for n, one in enumerate(value))
    wanted: Any = (int, float) if kind is float else kind
    if not isinstance(value, wanted) or (isinstance(value, bool) and kind is not bool):
        raise ConfigurationError(
            f"{path}: {kind.__name__} is needed, not {shown(value, path)}", _REMEDY
        )
    if kind is not str and not 0 <= value <= _LARGEST:
        raise ConfigurationError(
            f"{path}: a number from 0 up is needed, not {shown(value, path)}", _REMEDY
        )
    return kind(value)


def _dataclass(kind: Any, value: Any, path: str) -> Any:
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"{path}: an object is needed, not {shown(value, path)}", _REMEDY)
    hints = get_type_hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind)}
    strange = sorted(set(value) - set(fields))
    if strange:
        name = shown_name(str(strange[0]))
        raise ConfigurationError(f"{path}.{name}: there is no such setting", _REMEDY)
    built = {}
    for name, field in fields.items():
        if name in value:
            built[name] = _built(hints[name], value[name], f"{path}.{name}")
        elif field.default is dataclasses.MISSING:
            raise ConfigurationError(f"{path}.{name}: missing", _REMEDY)
    return kind(**built)


def parse_settings(document: object) -> Settings:
    """Return the settings in ``document``; raise ConfigurationError, which names the field."""
    settings: Settings = _dataclass(Settings, document, "settings")
    if settings.replication not in {"sync", "async"}:
        raise ConfigurationError(
            f"settings.replication: {shown(settings.replication)} is not a mode", "sync or async"
        )
    return settings


def settings_from_environment(environment: Mapping[str, str]) -> Settings:
    """Return the settings in the environment's one variable; raise ConfigurationError."""
    text = environment.get(VARIABLE)
    if not text:
        raise ConfigurationError(f"{VARIABLE} is not set", "deploy the stacks again")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{VARIABLE} is not JSON: {error}", _REMEDY) from None
    return parse_settings(document)
