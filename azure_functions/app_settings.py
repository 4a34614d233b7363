"""The Function App's settings, from its environment, checked when they are first needed."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from landbridge.adapters.name_servers import parse_name_server
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.foreign import seconds_up_to, shown
from landbridge.domain.settings import DatabasePod

_REMEDY = "set it among the Function App's application settings"
_MAX_PROBE_SECONDS = 60.0
VETO_REQUESTS_PER_SECOND, MAX_VETO_REQUESTS_PER_SECOND = 10, 10_000
_KUBERNETES_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


@dataclass(frozen=True)
class AppSettings:
    """Where AKS, the gate, the workload and the primary are; ``name_servers`` are ``ip:port``."""

    aks_url: str
    aks_ca_base64: str
    gate_namespace: str
    deployment_namespace: str
    deployment_name: str
    database_pod: DatabasePod
    rehearsal_job: str
    primary_probe_url: str
    name_servers: tuple[str, ...]
    probe_seconds: float


def settings_from(environment: Mapping[str, str]) -> AppSettings:
    """Return the settings; raise ConfigurationError, which names the one that is wrong."""
    servers = environment.get("LANDBRIDGE_NAME_SERVERS", "").split(",")
    name_servers = tuple(server.strip() for server in servers if server.strip())
    for server in name_servers:
        try:
            parse_name_server(server)
        except ConfigurationError as error:
            raise ConfigurationError(
                f"LANDBRIDGE_NAME_SERVERS: {error.message}", error.remedy
            ) from None
    return AppSettings(
        aks_url=url(environment, "LANDBRIDGE_AKS_URL", plain_on_loopback=True),
        aks_ca_base64=environment.get("LANDBRIDGE_AKS_CA", ""),
        gate_namespace=_name(environment, "LANDBRIDGE_GATE_NAMESPACE"),
        deployment_namespace=_name(environment, "LANDBRIDGE_DEPLOYMENT_NAMESPACE"),
        deployment_name=_name(environment, "LANDBRIDGE_DEPLOYMENT_NAME"),
        database_pod=DatabasePod(
            namespace=_name(environment, "LANDBRIDGE_DATABASE_NAMESPACE", "orders"),
            stateful_set=_name(environment, "LANDBRIDGE_DATABASE_SET", "orders-database"),
            job=_name(environment, "LANDBRIDGE_REBUILD_JOB", "orders-rebuild"),
        ),
        rehearsal_job=_name(environment, "LANDBRIDGE_REHEARSAL_JOB", "orders-rehearsal"),
        primary_probe_url=url(environment, "LANDBRIDGE_PRIMARY_PROBE_URL"),
        name_servers=name_servers,
        probe_seconds=_probe_seconds(environment),
    )


def _probe_seconds(environment: Mapping[str, str]) -> float:
    name = "LANDBRIDGE_PROBE_SECONDS"
    return seconds_up_to(text(environment, name), name, _MAX_PROBE_SECONDS, _REMEDY)


def text(environment: Mapping[str, str], name: str) -> str:
    """Return a setting that must be there; raise ConfigurationError."""
    value = environment.get(name, "").strip()
    if not value:
        raise ConfigurationError(f"{name} is not set", _REMEDY)
    return value


def _name(environment: Mapping[str, str], name: str, default: str = "") -> str:
    # It becomes a part of a path at the API server.
    value = environment.get(name) or default
    if not value.strip():
        raise ConfigurationError(f"{name} is not set", _REMEDY)
    if not _KUBERNETES_NAME.fullmatch(value):
        raise ConfigurationError(f"{name}: {shown(value)} is not a Kubernetes name", _REMEDY)
    return value


def url(environment: Mapping[str, str], name: str, *, plain_on_loopback: bool = False) -> str:
    """Return a setting that is an https URL; raise ConfigurationError."""
    value = text(environment, name)
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise ConfigurationError(f"{name}: {shown(value)}: {error}", _REMEDY) from None
    # A token must not cross a network in the clear.
    allowed = {"https", "http"} if plain_on_loopback and _is_loopback(host) else {"https"}
    if not host or parts.scheme not in allowed or not value.isprintable():
        raise ConfigurationError(f"{name}: {shown(value)} is not an https URL", _REMEDY)
    return value


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def veto_requests_per_second(environment: Mapping[str, str]) -> float:
    """Return how often one address may ask for a veto; raise ConfigurationError.

    A checker of Route 53 asks every 10 s, and the lab's hurry is the lab's to set.
    """
    name = "LANDBRIDGE_VETO_REQUESTS_PER_SECOND"
    value = environment.get(name, "").strip() or str(VETO_REQUESTS_PER_SECOND)
    try:
        rate = float(value)
    except ValueError:
        rate = 0.0
    if not 1.0 <= rate <= MAX_VETO_REQUESTS_PER_SECOND:
        raise ConfigurationError(
            f"{name}: {shown(value)} is not between 1 and {MAX_VETO_REQUESTS_PER_SECOND}", _REMEDY
        )
    return rate
