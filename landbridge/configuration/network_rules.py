"""Rules of networks: private ones, of a size that AWS takes, and no address in two of them."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations

from landbridge.configuration.models import Configuration
from landbridge.configuration.problems import Problem
from landbridge.configuration.rule import Rule

__all__ = ["NETWORK_RULES"]

_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
# Amazon VPC User Guide, "VPC CIDR blocks", takes /16 to /28; two subnets a zone want more than a
# /20 has. EKS takes /12 to /24 for services; Azure's network has subnets of its own.
_PREFIXES = {
    "primary.network": (16, 20),
    "primary.service_network": (12, 24),
    "primary.vpn.azure_network": (8, 20),
    "primary.vpn.azure_cluster_network": (8, 20),
}


def _written(configuration: Configuration) -> dict[str, str]:
    """Return each network by its field; none where nothing is to be made."""
    primary = configuration.primary
    if primary is None:
        return {}
    found = {
        "primary.network": primary.network,
        "primary.service_network": primary.service_network,
    }
    if primary.vpn is not None:
        found["primary.vpn.azure_network"] = primary.vpn.azure_network
        found["primary.vpn.azure_cluster_network"] = primary.vpn.azure_cluster_network
    return found


def _network(text: str) -> IPv4Network | None:
    try:
        return IPv4Network(text)
    except ValueError:
        return None


def _well_formed(configuration: Configuration) -> Iterator[Problem]:
    for field, text in _written(configuration).items():
        network, (shortest, longest) = _network(text), _PREFIXES[field]
        if network is None:
            yield Problem(
                field,
                text,
                "it is no network: a part is over 255, or bits are set behind the prefix",
                "write its first address, such as 10.16.0.0/16",
            )
        elif not any(network.subnet_of(private) for private in _PRIVATE):
            yield Problem(
                field,
                text,
                "it is not private, so addresses of others would be lost behind it",
                "take one within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16",
            )
        elif not shortest <= network.prefixlen <= longest:
            yield Problem(
                field,
                text,
                f"its prefix is not from /{shortest} to /{longest}",
                f"write it with /{max(shortest, min(longest, network.prefixlen))}",
            )


def _apart(configuration: Configuration) -> Iterator[Problem]:
    networks = {
        field: network
        for field, text in _written(configuration).items()
        if (network := _network(text)) is not None
    }
    for (first, one), (second, other) in combinations(networks.items(), 2):
        if one.overlaps(other):
            yield Problem(
                second,
                str(other),
                f"it shares addresses with {first}, {one}, and nobody could tell whose they are",
                "take two networks that do not overlap, such as 10.16.0.0/16 and 10.32.0.0/16",
            )


def _gateways(configuration: Configuration) -> Iterator[Problem]:
    vpn = configuration.primary.vpn if configuration.primary is not None else None
    if vpn is None:
        return
    for n, text in enumerate(vpn.azure_addresses):
        field = f"primary.vpn.azure_addresses[{n}]"
        try:
            address = IPv4Address(text)
        except ValueError:
            yield Problem(field, text, "it is no IPv4 address", "copy it from the deployment")
            continue
        if any(address in network for network in _PRIVATE):
            rule = "it is private, and AWS reaches Azure's gateway through the internet"
            yield Problem(field, text, rule, "take the output gatewayAddresses of network.bicep")
    if len(set(vpn.azure_addresses)) < len(vpn.azure_addresses):
        yield Problem(
            "primary.vpn.azure_addresses",
            ", ".join(vpn.azure_addresses),
            "both are one address, and a second connection to it would be no second way",
            "take both outputs gatewayAddresses of network.bicep",
        )


def _zones(configuration: Configuration) -> Iterator[Problem]:
    zones = configuration.primary.zones if configuration.primary is not None else ()
    if len(set(zones)) < len(zones):
        yield Problem(
            "primary.zones",
            ", ".join(zones),
            "a zone is there twice",
            "name two or three zones, each once",
        )


NETWORK_RULES = (
    Rule(
        "networks-private",
        "Each network is private, is written by its first address, and is of a size that its "
        "cloud takes.",
        tuple(_PREFIXES),
        "RFC 1918; Amazon VPC User Guide, VPC CIDR blocks",
        _well_formed,
    ),
    Rule(
        "networks-apart",
        "No address is in two of the networks that are routed to each other.",
        tuple(_PREFIXES),
        "docs/first-day.md, The network between the clouds",
        _apart,
    ),
    Rule(
        "vpn-gateways-public",
        "Azure's VPN gateway has two public addresses.",
        ("primary.vpn.azure_addresses",),
        "docs/first-day.md, The network between the clouds",
        _gateways,
    ),
    Rule(
        "zones-once",
        "Each availability zone is named once.",
        ("primary.zones",),
        "Amazon EKS User Guide, View Amazon EKS networking requirements",
        _zones,
    ),
)
