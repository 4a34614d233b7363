"""Route 53's configuration, read and never written: records of a few names, and their checks.

Route 53 takes five requests per second from an account (Developer Guide, "Quotas"), so only what
is needed is asked for. No part of a failover: this is its control plane.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from botocore.config import Config

from landbridge.adapters.aws_clients import aws_client
from landbridge.adapters.aws_errors import aws_errors
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.preflight.dns import HealthCheck, Record
from landbridge.domain.settings import Names

__all__ = ["read_route53"]

_CONFIG = Config(
    connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 4, "mode": "standard"}
)
# Route 53 is one service for the world; its API signs for this region.
_REGION = "us-east-1"
_MOST_AT_ONE_NAME = "20"


def read_route53(names: Names) -> tuple[tuple[Record, ...], dict[str, HealthCheck]]:
    """Return the records of the three names, and the health checks that they hang on, by id.

    Raises AccessDeniedError, ConfigurationError (no such zone) or SiteUnknownError.
    """
    client = aws_client("route53", _CONFIG, region_name=_REGION)
    with aws_errors("Route 53", "see hosted_zone_id in cdk.json"):
        zone = names.zone_id or _zone_named(client, names.zone)
        records = tuple(
            record
            for name in (names.workload, names.health_aws, names.health_azure)
            for record in _records(client, zone, name)
        )
        checks: dict[str, HealthCheck] = {}
        _collect(client, [one.health_check for one in records if one.health_check], checks)
    return records, checks


def _zone_named(client: Any, name: str) -> str:
    answer = client.list_hosted_zones_by_name(DNSName=name, MaxItems="1")
    for zone in answer["HostedZones"]:
        if zone["Name"].rstrip(".") == name.rstrip("."):
            return str(zone["Id"]).removeprefix("/hostedzone/")
    raise ConfigurationError(f"Route 53 has no zone {name}", "cdk deploy --all")


def _records(client: Any, zone: str, name: str) -> Iterator[Record]:
    answer = client.list_resource_record_sets(
        HostedZoneId=zone, StartRecordName=name, MaxItems=_MOST_AT_ONE_NAME
    )
    for found in answer["ResourceRecordSets"]:
        if found["Name"].rstrip(".").lower() == name.lower():
            ttl = found.get("TTL")
            yield Record(
                name=name,
                type=found["Type"],
                ttl_seconds=None if ttl is None else int(ttl),
                values=tuple(one["Value"] for one in found.get("ResourceRecords") or ()),
                failover=found.get("Failover") or "",
                health_check=found.get("HealthCheckId") or "",
            )


def _collect(client: Any, ids: Sequence[str], checks: dict[str, HealthCheck]) -> None:
    """Read health checks and, of calculated ones, their children."""
    for check_id in ids:
        if check_id in checks:
            continue
        try:
            answer = client.get_health_check(HealthCheckId=check_id)
        except client.exceptions.NoSuchHealthCheck:
            continue
        config = answer["HealthCheck"]["HealthCheckConfig"]
        checks[check_id] = HealthCheck(
            kind=config["Type"],
            host=config.get("FullyQualifiedDomainName") or "",
            path=config.get("ResourcePath") or "",
            port=int(config.get("Port") or 0),
            inverted=bool(config.get("Inverted")),
            disabled=bool(config.get("Disabled")),
            children=tuple(config.get("ChildHealthChecks") or ()),
            threshold=int(config.get("HealthThreshold") or 0),
        )
        _collect(client, checks[check_id].children, checks)
