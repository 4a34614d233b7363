"""CloudFormation's DNS properties as the Route 53 API's arguments. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from lab.dns.templates import TemplateError

__all__ = ["change_of_record", "health_check_config"]


def _boolean(value: Any) -> bool:
    """Read a boolean, which CloudFormation also takes as a string."""
    return value if isinstance(value, bool) else str(value).lower() == "true"


def _whole(value: Any) -> int:
    return int(value)


def _text(value: Any) -> str:
    return str(value)


def _texts(value: Any) -> list[str]:
    return [str(entry) for entry in value]


_CHECK_PROPERTIES: Mapping[str, Callable[[Any], Any]] = {
    "Type": _text,
    "FullyQualifiedDomainName": _text,
    "IPAddress": _text,
    "Port": _whole,
    "ResourcePath": _text,
    "SearchString": _text,
    "RequestInterval": _whole,
    "FailureThreshold": _whole,
    "MeasureLatency": _boolean,
    "Inverted": _boolean,
    "EnableSNI": _boolean,
    "Regions": _texts,
    "ChildHealthChecks": _texts,
    "HealthThreshold": _whole,
}
_DEFAULT_PORTS = {"HTTP": 80, "HTTP_STR_MATCH": 80, "HTTPS": 443, "HTTPS_STR_MATCH": 443}


def health_check_config(logical_id: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return CreateHealthCheck's HealthCheckConfig for a resolved HealthCheckConfig property.

    Raises TemplateError for a property that the lab does not know, and for a CALCULATED check
    without HealthThreshold: what Route 53 would make of it is not documented.
    """
    unknown = set(config) - set(_CHECK_PROPERTIES)
    if unknown:
        raise TemplateError(f"{logical_id}: {', '.join(sorted(unknown))}")
    found = {key: _CHECK_PROPERTIES[key](value) for key, value in config.items()}
    kind = found["Type"]
    if kind == "CALCULATED" and "HealthThreshold" not in found:
        raise TemplateError(f"{logical_id}: a CALCULATED check without HealthThreshold")
    if kind in _DEFAULT_PORTS:
        # moto would say 80 for HTTPS too.
        found.setdefault("Port", _DEFAULT_PORTS[kind])
    return found


def change_of_record(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ChangeBatch entry that creates a resolved AWS::Route53::RecordSet."""
    record: dict[str, Any] = {
        "Name": str(properties["Name"]).lower(),
        "Type": properties["Type"],
        "TTL": _whole(properties["TTL"]),
        "ResourceRecords": [{"Value": value} for value in _texts(properties["ResourceRecords"])],
    }
    for key in ("SetIdentifier", "Failover", "HealthCheckId"):
        if key in properties:
            record[key] = str(properties[key])
    known = {*record, "HostedZoneId", "HostedZoneName", "Comment"}
    unknown = sorted(set(properties) - known)
    if unknown:
        raise TemplateError(f"{record['Name']} {record['Type']}: {', '.join(unknown)}")
    return {"Action": "CREATE", "ResourceRecordSet": record}
