"""The lab's Route 53 control plane, and the templates' DNS resources created in it.

The AWS emulator that deploys the templates has no ``AWS::Route53::HealthCheck`` and forgets the
children of CALCULATED checks, so Route 53 is moto's. What moto does not keep as Route 53 does is
mended through the API alone: see ``create_route53_resources`` and ``update_health_check``.
"""

import subprocess
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from lab.dns.clients import client_for
from lab.dns.lifeline import start_child, stop_child
from lab.dns.properties import change_of_record, health_check_config
from lab.dns.templates import Resolver, Resource, TemplateError
from lab.dns.zone import absolute

__all__ = ["ControlPlane", "CreatedZone", "create_route53_resources", "update_health_check"]

ZONE, CHECK, RECORD = (
    f"AWS::Route53::{kind}" for kind in ("HostedZone", "HealthCheck", "RecordSet")
)
_SOA_TTL_SECONDS = 900


class ControlPlane:
    """The Route 53 API as a child process: ``start()``, ``url``, ``client()``, ``stop()``.

    ``port`` 0 takes a free one; one that is chosen before lets others know the URL before it is up.
    """

    def __init__(self, *, environment: Mapping[str, str] | None = None, port: int = 0) -> None:
        self._environment, self._port = dict(environment or {}), port
        self._child: subprocess.Popen[str] | None = None
        self.url = ""

    def start(self) -> Self:
        """Start the server and wait until it listens."""
        self._child, line = start_child("lab.dns.route53_api", [str(self._port)], self._environment)
        self.url = line.strip()
        return self

    def client(self) -> Any:
        """Return a boto3 ``route53`` client of it."""
        return client_for("route53", self.url)

    def stop(self) -> None:
        """End the server; harmless when it is gone."""
        if self._child is not None:
            stop_child(self._child)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_exception: object) -> None:
        self.stop()


@dataclass(frozen=True)
class CreatedZone:
    """What now exists: a zone (id without ``/hostedzone/``), check ids by logical id."""

    zone_id: str
    name: str
    health_checks: dict[str, str] = field(default_factory=dict)


def create_route53_resources(
    templates: Sequence[Mapping[str, Any]],
    parameters: Mapping[str, str],
    client: Any,
    *,
    zone_name: str | None = None,
    zone: CreatedZone | None = None,
) -> CreatedZone:
    """Create the zone, the health checks and the records of CloudFormation templates.

    ``parameters`` holds values of template parameters and, where used, of pseudo parameters
    (``AWS::Region``). ``zone_name`` is for templates that only import their zone: it is created
    under that name and whatever HostedZoneId the records have stands for it. ``zone`` is one that
    is there already, in its place. Raises TemplateError for what cannot be resolved, for no zone,
    and for more than one.
    """
    return _Creation(templates, parameters, client, zone).run(zone_name)


class _Creation:
    """One run through the templates; what a reference points at is created on the way."""

    def __init__(
        self,
        templates: Sequence[Mapping[str, Any]],
        parameters: Mapping[str, str],
        client: Any,
        zone: CreatedZone | None,
    ) -> None:
        self._client = client
        self._resolver = Resolver(templates, parameters, self._create)
        self._zone = zone
        self._checks: dict[str, str] = {}

    def run(self, zone_name: str | None) -> CreatedZone:
        zones = self._resolver.resources(ZONE)
        if len(zones) + (zone_name is not None) + (self._zone is not None) != 1:
            raise TemplateError(
                f"{len(zones)} hosted zones in the templates, zone_name={zone_name}"
            )
        if zone_name is not None:
            self._zone = self._create_zone(zone_name)
        for resource in (*zones, *self._resolver.resources(CHECK)):
            self._resolver.reference(resource)
        records = [self._resolver.properties(found) for found in self._resolver.resources(RECORD)]
        zone = self._zone
        if zone is None:
            raise TemplateError("no hosted zone was created")
        if records:
            self._client.change_resource_record_sets(
                HostedZoneId=zone.zone_id,
                ChangeBatch={"Changes": [change_of_record(record) for record in records]},
            )
        return CreatedZone(zone.zone_id, zone.name, self._checks)

    def _create(self, resource: Resource, properties: Mapping[str, Any]) -> str:
        """Create what a reference points at and return its physical id."""
        if resource.type == ZONE:
            self._zone = self._create_zone(properties["Name"])
            return self._zone.zone_id
        if resource.type == CHECK:
            return self._create_check(resource.logical_id, properties)
        raise TemplateError(
            f"{resource.logical_id}: a reference to {resource.type} in DNS resources"
        )

    def _create_zone(self, name: str) -> CreatedZone:
        created = self._client.create_hosted_zone(Name=name, CallerReference=str(uuid.uuid4()))
        zone_id = created["HostedZone"]["Id"].removeprefix("/hostedzone/")
        # moto's own SOA value is not in the form of a SOA.
        server = created["DelegationSet"]["NameServers"][0]
        values = f"{absolute(server)} hostmaster.{absolute(name)} 1 7200 900 1209600 86400"
        soa = {
            "Name": name,
            "Type": "SOA",
            "TTL": _SOA_TTL_SECONDS,
            "ResourceRecords": [{"Value": values}],
        }
        self._client.change_resource_record_sets(
            HostedZoneId=zone_id,
            ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": soa}]},
        )
        return CreatedZone(zone_id, absolute(name))

    def _create_check(self, logical_id: str, properties: Mapping[str, Any]) -> str:
        if logical_id in self._checks:
            raise TemplateError(f"{logical_id}: a health check of that name in two templates")
        created = self._client.create_health_check(
            CallerReference=str(uuid.uuid4()),
            HealthCheckConfig=health_check_config(logical_id, properties["HealthCheckConfig"]),
        )
        self._checks[logical_id] = str(created["HealthCheck"]["Id"])
        return self._checks[logical_id]


def update_health_check(client: Any, check_id: str, **changes: Any) -> None:
    """Call UpdateHealthCheck as Route 53 means it: what ``changes`` leaves out stays.

    moto takes absent ChildHealthChecks and Regions for empty ones, so they are said again.
    """
    config = client.get_health_check(HealthCheckId=check_id)["HealthCheck"]["HealthCheckConfig"]
    kept = {key: config[key] for key in ("ChildHealthChecks", "Regions") if config.get(key)}
    client.update_health_check(HealthCheckId=check_id, **{**kept, **changes})
