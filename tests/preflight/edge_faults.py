"""What goes wrong with DNS, the Function App and the certificates; gone after each block."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lab.azure import service
from lab.clouds import names
from lab.clouds.clouds import Clouds
from lab.dns.control_plane import update_health_check
from lab.faults.sites import ask, database_of
from lab.processes.waiting import wait_until
from landbridge.adapters.http_probe import request_json
from landbridge.adapters.zone import site_answering
from landbridge.domain.errors import SiteUnknownError
from landbridge.domain.settings import Names
from landbridge.domain.triggers import ALARM_EVENT, FORWARDED_ALARM, trigger_name

__all__ = [
    "alarm_deleted",
    "certificates_end_soon",
    "identity_removed",
    "older_function_app",
    "rules_disabled",
    "zone_misconfigured",
]

_NAMES = Names(names.DOMAIN, names.WORKLOAD, names.HEALTH_AWS, names.HEALTH_AZURE)
_SOON = dt.timedelta(days=3)
# What CloudWatch describes of an alarm and takes back.
_ALARM_KEYS = (
    "AlarmName",
    "AlarmDescription",
    "Namespace",
    "MetricName",
    "Dimensions",
    "Statistic",
    "Period",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ComparisonOperator",
    "TreatMissingData",
)


def _records(client: Any, zone: str) -> list[dict[str, Any]]:
    found = client.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return [one for one in found if one["Type"] in {"A", "CNAME"}]


def _change(client: Any, zone: str, *changes: tuple[str, dict[str, Any]]) -> None:
    batch = [{"Action": action, "ResourceRecordSet": record} for action, record in changes]
    client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": batch})


def _answered(clouds: Clouds, site: str) -> None:
    def answered() -> bool:
        try:
            return site_answering(_NAMES, [clouds.name_server]) == site
        except SiteUnknownError:  # the name server reads the zone again each half second
            return False

    wait_until(answered, f"{site} in DNS")


@contextmanager
def alarm_deleted(clouds: Clouds) -> Iterator[None]:
    """Delete the alarm on AWS's health, as a person who takes it for an old one."""
    client = clouds.aws.client("cloudwatch", clouds.configuration.health_region)
    name = clouds.configuration.alarm_name

    def described() -> list[dict[str, Any]]:
        return list(client.describe_alarms(AlarmNames=[name])["MetricAlarms"])

    (alarm,) = described()
    client.delete_alarms(AlarmNames=[name])
    try:
        yield
    finally:
        client.put_metric_alarm(**{key: alarm[key] for key in _ALARM_KEYS if key in alarm})
        wait_until(lambda: described()[0]["StateValue"] == "OK", "the alarm's first period")


@contextmanager
def rules_disabled(clouds: Clouds) -> Iterator[None]:
    """Turn off what brings the alarm to the starter, in both regions, as for a quiet hour."""
    of = clouds.configuration
    rules = [
        (clouds.aws.client("events", region), trigger_name(of.workload, trigger))
        for region, trigger in (
            (of.orchestrator_region, ALARM_EVENT),
            (of.health_region, FORWARDED_ALARM),
        )
    ]
    for client, name in rules:
        client.disable_rule(Name=name)
    try:
        yield
    finally:
        for client, name in rules:
            client.enable_rule(Name=name)


@contextmanager
def zone_misconfigured(clouds: Clouds) -> Iterator[None]:
    """Let a person's hand go through the zone: TTL, addresses, checks and a health name."""
    client, zone = clouds.control_plane.client(), clouds.zone.zone_id
    kept = _records(client, zone)
    primary, secondary = (
        next(one for one in kept if one.get("Failover") == role)
        for role in ("PRIMARY", "SECONDARY")
    )
    plain = next(one for one in kept if one["Name"].rstrip(".") == names.HEALTH_AZURE)
    target = {"ResourceRecords": [{"Value": f"{names.WORKLOAD}."}]}
    leading = {"Name": plain["Name"], "Type": "CNAME", "TTL": 1, **target}
    checks = clouds.zone.health_checks
    disabled = next(check for label, check in checks.items() if "ChecksAws" in label)
    config = client.get_health_check(HealthCheckId=secondary["HealthCheckId"])
    children = config["HealthCheck"]["HealthCheckConfig"]["ChildHealthChecks"]

    def check(*, enabled: bool, whole: list[str]) -> None:
        update_health_check(client, disabled, Disabled=not enabled)
        asked = {"ChildHealthChecks": whole, "HealthThreshold": len(whole)}
        update_health_check(client, secondary["HealthCheckId"], **asked)

    elsewhere = {**primary, "ResourceRecords": secondary["ResourceRecords"]}
    _change(client, zone, ("UPSERT", elsewhere), ("UPSERT", {**secondary, "TTL": 300}))
    _change(client, zone, ("DELETE", plain), ("UPSERT", leading))
    check(enabled=False, whole=children[:1])
    try:
        _answered(clouds, "azure")
        yield
    finally:
        _change(client, zone, ("DELETE", leading), ("UPSERT", plain))
        _change(client, zone, ("UPSERT", primary), ("UPSERT", secondary))
        check(enabled=True, whole=children)
        _answered(clouds, "aws")


def _restart(clouds: Clouds) -> None:
    host = clouds.function_host
    host.child.kill()
    host.start()
    # Its first answer takes as long as its imports do.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(clouds.authority.path))
        token = {"Authorization": f"Bearer {clouds.orchestrator_token()}"}
        request_json("GET", f"{host.url}/api/gate", headers=token, timeout_seconds=60.0)


@contextmanager
def older_function_app(clouds: Clouds) -> Iterator[None]:
    """Deploy an older version of the Function App than the Lambdas are."""

    def stage_older(folder: Path) -> None:
        staged(folder)
        version = folder / "landbridge" / "domain" / "version.py"
        version.write_text('VERSION = "0.0.9"\n')

    staged = service.stage
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service, "stage", stage_older)
        _restart(clouds)
    try:
        yield
    finally:
        _restart(clouds)


@contextmanager
def identity_removed(clouds: Clouds) -> Iterator[None]:
    """Take the Function App's managed identity away, and start it anew."""
    clouds.function_host.set_token("")
    _restart(clouds)
    try:
        yield
    finally:
        clouds.function_host.set_token(clouds.azure_cluster.token(names.FUNCTION_USER))
        _restart(clouds)


@contextmanager
def certificates_end_soon(clouds: Clouds) -> Iterator[None]:
    """Let every server show a certificate that ends in three days."""
    _issue(clouds, _SOON)
    try:
        yield
    finally:
        _issue(clouds, dt.timedelta(days=90))


def _issue(clouds: Clouds, life: dt.timedelta) -> None:
    entries = [names.WORKLOAD, names.HEALTH_AWS, names.HEALTH_AZURE]
    entries += [clouds.pair.aws, clouds.pair.azure]
    local = ["localhost", "127.0.0.1"]
    clouds.authority.issue("entries", entries, life=life)
    clouds.authority.issue("function-app", local, life=life)
    for site in ("aws", "azure"):
        owner = database_of(clouds, site).folder.stat().st_uid
        clouds.authority.issue(f"{site}-postgres", local, owner=owner, life=life)
        ask(clouds, site, "SELECT pg_reload_conf()")
    for entry in (clouds.aws_entry, clouds.azure_entry):
        entry.kill()
        entry.start()
    _restart(clouds)
