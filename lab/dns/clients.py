"""Clients of the lab's AWS APIs, and what is read with them."""

from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from lab.aws.observer import OBSERVER
from lab.dns.rules import HealthCheck
from lab.dns.zone import Zone, parse_check, parse_zone

__all__ = ["Holdings", "client_for", "read_holdings"]


@dataclass(frozen=True)
class Holdings:
    """What the data plane works from: one zone and every health check, by id."""

    zone: Zone
    checks: dict[str, HealthCheck]


def client_for(
    service: str, endpoint_url: str, region: str = "us-east-1", account: str = "lab"
) -> Any:
    """Return a boto3 client of an emulator on this machine; proxies and real keys play no part.

    To an emulator that has several accounts, a number as access key is that account's root.
    """
    return boto3.client(
        service,
        endpoint_url=endpoint_url,
        region_name=region,
        aws_access_key_id=account,
        aws_secret_access_key="lab",  # noqa: S106 - an emulator's, anything will do
        config=Config(
            proxies={},
            connect_timeout=2,
            read_timeout=10,
            retries={"total_max_attempts": 2},
            user_agent_extra=OBSERVER,
        ),
    )


def read_holdings(client: Any, zone_id: str) -> Holdings:
    """Read the zone and all health checks from the Route 53 API; its errors pass through."""
    name = client.get_hosted_zone(Id=zone_id)["HostedZone"]["Name"]
    records = client.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone_id)
    checks = client.get_paginator("list_health_checks").paginate()
    return Holdings(
        zone=parse_zone(name, [found for page in records for found in page["ResourceRecordSets"]]),
        checks={
            found["Id"]: parse_check(found) for page in checks for found in page["HealthChecks"]
        },
    )
