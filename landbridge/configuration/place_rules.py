"""Rules of places: regions, names in the zone, what a record can hold."""

from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address

from landbridge.configuration.models import Configuration
from landbridge.configuration.problems import Problem
from landbridge.configuration.rule import Rule

__all__ = ["PLACE_RULES", "is_ip_address"]


def is_ip_address(address: str) -> bool:
    """Whether it is an IPv4 address, not a host name."""
    try:
        IPv4Address(address)
    except AddressValueError:
        return False
    return True


def _orchestrator(configuration: Configuration) -> Iterator[Problem]:
    if configuration.orchestrator_region == configuration.primary_region:
        yield Problem(
            "orchestrator_region",
            configuration.orchestrator_region,
            "it is primary_region, so what must act in an outage would go down with it",
            "choose another region, near to Azure's",
        )


def _cluster(configuration: Configuration) -> Iterator[Problem]:
    if configuration.eks.region != configuration.primary_region:
        yield Problem(
            "eks.region",
            configuration.eks.region,
            f"the primary's cluster is in primary_region, {configuration.primary_region!r}",
            "make them the same",
        )


def _beginning(configuration: Configuration) -> Iterator[Problem]:
    in_one = configuration.primary_region == configuration.health_region
    if in_one and not configuration.budgets.watchdog_seconds:
        yield Problem(
            "budgets.watchdog_seconds",
            0,
            f"the alarm lives in {configuration.health_region}, the primary's own region, so with "
            "no watchdog nothing would begin when that is down",
            "give the watchdog its time, such as 120",
        )


def _zone(configuration: Configuration) -> Iterator[Problem]:
    names = configuration.names
    for field, name in (
        ("names.failover", names.failover),
        ("names.health", names.health),
        ("names.health_azure", names.health_azure),
    ):
        if not name.endswith("." + configuration.domain):
            yield Problem(
                field,
                name,
                f"it is not inside the zone, domain {configuration.domain!r}",
                f"end it in .{configuration.domain}",
            )


def _zone_elsewhere(configuration: Configuration) -> Iterator[Problem]:
    if configuration.zone == "elsewhere" and configuration.hosted_zone_id:
        yield Problem(
            "hosted_zone_id",
            configuration.hosted_zone_id,
            "it names a zone of this account, and zone says that the zone is elsewhere",
            "leave hosted_zone_id out, or make zone here",
        )


def _sites(configuration: Configuration) -> Iterator[Problem]:
    sites = (("sites.aws", configuration.sites.aws), ("sites.azure", configuration.sites.azure))
    kinds = set()
    for field, site in sites:
        ips = [is_ip_address(address) for address in site.addresses]
        kinds.add(all(ips))
        if not all(ips) and len(ips) > 1:
            yield Problem(
                f"{field}.addresses",
                ", ".join(site.addresses),
                "a CNAME has one target, so a host name stands alone",
                "give IPv4 addresses, or one host name",
            )
    if len(kinds) > 1:
        yield Problem(
            "sites.azure.addresses",
            ", ".join(configuration.sites.azure.addresses),
            "the two records of a failover pair are of one type, A or CNAME, and sites.aws is the "
            "other kind",
            "give both sites addresses, or both a host name",
        )


def _name_servers(configuration: Configuration) -> Iterator[Problem]:
    for n, server in enumerate(configuration.name_servers):
        address, _, port = server.rpartition(":")
        if not is_ip_address(address) or not port.isdigit() or not 0 < int(port) < 2**16:
            yield Problem(
                f"name_servers[{n}]", server, "it is not ip:port", "write it as 192.0.2.53:53"
            )


_NAMES = ("names.failover", "names.health", "names.health_azure")
PLACE_RULES = (
    Rule(
        "orchestrator-elsewhere",
        "The orchestrator is not in the primary's region.",
        ("orchestrator_region", "primary_region"),
        "docs/architecture.md, No single witness",
        _orchestrator,
    ),
    Rule(
        "cluster-in-primary-region",
        "The primary's cluster is in the primary's region.",
        ("eks.region", "primary_region"),
        "docs/architecture.md, One failover",
        _cluster,
    ),
    Rule(
        "beginning-without-alarm",
        "Where the primary is in the alarm's own region, us-east-1, there is a watchdog.",
        ("primary_region", "health_region", "budgets.watchdog_seconds"),
        "docs/monitoring.md, The watchdog",
        _beginning,
    ),
    Rule(
        "names-in-zone",
        "Each name is inside the zone.",
        ("domain", *_NAMES),
        "Route 53 API Reference, ResourceRecordSet, Name",
        _zone,
    ),
    Rule(
        "zone-elsewhere",
        "A zone that is elsewhere has no id in this account.",
        ("zone", "hosted_zone_id"),
        "docs/configuration.md, Where the zone is",
        _zone_elsewhere,
    ),
    Rule(
        "one-record-type",
        "Both sites have IPv4 addresses, or both have one host name.",
        ("sites.aws.addresses", "sites.azure.addresses"),
        "Route 53 API Reference, ResourceRecordSet, Failover",
        _sites,
    ),
    Rule(
        "name-server-addresses",
        "A name server is an IPv4 address and a port.",
        ("name_servers",),
        "docs/architecture.md, One failover",
        _name_servers,
    ),
)
