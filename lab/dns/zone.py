"""A hosted zone as data: read from the Route 53 API's answers, asked for names. No I/O."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from lab.dns import rules

__all__ = ["Answer", "Outcome", "UnsupportedByLabError", "Zone", "parse_check", "parse_zone"]

_OTHER_ROUTING = ("Weight", "Region", "GeoLocation", "MultiValueAnswer", "CidrRoutingConfig")
_CNAME_HOPS = 8


class UnsupportedByLabError(ValueError):
    """Route 53 can do this, the lab cannot: it says so instead of answering something else."""


class Outcome(Enum):
    """How a question to the zone ends."""

    FOUND = "found"
    NO_DATA = "no such type at this name"
    NO_NAME = "no such name"
    OUTSIDE = "outside the zone"


@dataclass(frozen=True)
class Answer:
    """The record sets of an answer in order (a CNAME before what it leads to)."""

    outcome: Outcome
    records: tuple[rules.RecordSet, ...] = ()


@dataclass(frozen=True)
class Zone:
    """All record sets of one hosted zone by name and type; names as in RecordSet."""

    name: str
    records: Mapping[tuple[str, str], tuple[rules.RecordSet, ...]]

    @property
    def soa(self) -> rules.RecordSet:
        """Return the zone's SOA record set."""
        return self.records[self.name, "SOA"][0]

    @property
    def failover_names(self) -> tuple[tuple[str, str], ...]:
        """Return name and type of every failover pair."""
        return tuple(key for key, group in sorted(self.records.items()) if group[0].role)

    def ask(self, name: str, kind: str, healthy: Mapping[str, bool]) -> Answer:
        """Answer one question; ``name`` is lower case and absolute, ``healthy`` by check id."""
        if not _within(name, self.name):
            return Answer(Outcome.OUTSIDE)
        chain: list[rules.RecordSet] = []
        for _ in range(_CNAME_HOPS):
            group = self.records.get((name, kind))
            if group:
                return Answer(Outcome.FOUND, (*chain, rules.choose(group, healthy)))
            alias = self.records.get((name, "CNAME"))
            if not alias:
                break
            chain.append(rules.choose(alias, healthy))
            name = absolute(chain[-1].values[0])
        if chain:
            # What lies outside, or nowhere, is for the resolver to follow.
            return Answer(Outcome.FOUND, tuple(chain))
        exists = any(_within(owner, name) for owner, _ in self.records)
        return Answer(Outcome.NO_DATA if exists else Outcome.NO_NAME)

    def address_of(self, name: str, healthy: Mapping[str, bool]) -> str | None:
        """Return the first IPv4 address of a name, or None where the zone has none."""
        answer = self.ask(absolute(name), "A", healthy)
        addresses = [record.values[0] for record in answer.records if record.type == "A"]
        return addresses[0] if addresses else None


def absolute(name: str) -> str:
    """Return a name in the zone's spelling: lower case, with the final dot."""
    return name.lower().rstrip(".") + "."


def _within(name: str, ancestor: str) -> bool:
    return name == ancestor or name.endswith("." + ancestor)


def parse_zone(name: str, record_sets: Iterable[Mapping[str, Any]]) -> Zone:
    """Read ListResourceRecordSets' ``ResourceRecordSets``.

    Raises UnsupportedByLabError for aliases and for routing policies other than simple and
    failover.
    """
    groups: dict[tuple[str, str], list[rules.RecordSet]] = defaultdict(list)
    for found in record_sets:
        record = _parse_record(found)
        groups[record.name, record.type].append(record)
    return Zone(absolute(name), {key: tuple(group) for key, group in groups.items()})


def _parse_record(found: Mapping[str, Any]) -> rules.RecordSet:
    where = f"{found['Name']} {found['Type']}"
    other = [key for key in _OTHER_ROUTING if found.get(key) is not None]
    if other:
        raise UnsupportedByLabError(f"{where}: routing by {other[0]}")
    if found.get("AliasTarget"):
        raise UnsupportedByLabError(f"{where}: an alias record")
    return rules.RecordSet(
        name=absolute(found["Name"]),
        type=found["Type"],
        ttl_seconds=int(found["TTL"]),
        values=tuple(entry["Value"] for entry in found["ResourceRecords"]),
        set_identifier=found.get("SetIdentifier", ""),
        role=rules.Role(found["Failover"]) if found.get("Failover") else None,
        health_check_id=found.get("HealthCheckId") or None,
    )


def parse_check(found: Mapping[str, Any]) -> rules.HealthCheck:
    """Read one of ListHealthChecks' ``HealthChecks``.

    Raises UnsupportedByLabError for CLOUDWATCH_METRIC and RECOVERY_CONTROL.
    """
    config = found["HealthCheckConfig"]
    if config["Type"] not in list(rules.CheckType):
        raise UnsupportedByLabError(f"health check {found['Id']}: type {config['Type']}")
    kind = rules.CheckType(config["Type"])
    return rules.HealthCheck(
        id=found["Id"],
        kind=kind,
        fqdn=config.get("FullyQualifiedDomainName") or "",
        address=config.get("IPAddress") or "",
        port=int(config.get("Port") or 0),
        path=config.get("ResourcePath") or "/",
        search_string=config.get("SearchString") or "",
        send_server_name=bool(config.get("EnableSNI")),
        request_interval_seconds=int(config.get("RequestInterval") or 30),
        failure_threshold=int(config.get("FailureThreshold") or 3),
        inverted=bool(config.get("Inverted")),
        disabled=bool(config.get("Disabled")),
        children=tuple(config.get("ChildHealthChecks") or ()),
        health_threshold=int(config.get("HealthThreshold") or 0),
    )
