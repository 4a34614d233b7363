"""What the primary and the standby cost that landbridge's own stacks and templates make.

The counts follow from the configuration, from deploy/ and from the defaults of
deploy/azure/bicep/standby.bicep; tests hold them to these. Traffic is assumed, as the original's.
Left out: images in a registry, and Azure's log, each about a dollar a month.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from landbridge.domain.cost_shapes import ASSUMPTIONS, ORIGINAL
from landbridge.domain.vpn import CONNECTIONS, TUNNELS_EACH

__all__ = ["PrimaryFacts", "made_assumptions", "made_counts"]

_DATABASE_GB = 100  # deploy/both/database.yaml
# Entry, the other site's database, the orchestrator's steps: deploy/aws/entry.yaml. The first and
# the last are public, with an address in each zone.
_LOAD_BALANCERS, _PUBLIC_LOAD_BALANCERS = 3, 2
_WARM_NODES = 2  # standby.bicep
# Azure has one load balancer for all public services and one for the internal ones; the public
# addresses are those of the entry, the database and what leaves the cluster.
_AZURE_LOAD_BALANCERS, _AZURE_ADDRESSES = 2, 3
_GATEWAY_ADDRESSES = 2
_LOGS_GB = 10.0  # assumed: the control plane's and the network's flows


@dataclass(frozen=True)
class PrimaryFacts:
    """What the bills depend on of the configuration's part ``primary``."""

    node_type: str
    nodes: int
    node_disk_gb: int
    zones: int
    vpn: bool


def made_counts(facts: PrimaryFacts) -> dict[str, Mapping[str, float]]:
    """Return the month's counts by price id, of the primary and of each standby.

    The VPN is the standby's, both halves of it: without a standby there would be none.
    """
    original, link = ORIGINAL["primary"], _link() if facts.vpn else {}
    addresses = facts.zones * (1 + _PUBLIC_LOAD_BALANCERS)  # a NAT gateway's, and those
    return {
        **ORIGINAL,
        "primary": {
            "aws.eks.cluster": 1,
            f"aws.ec2.{facts.node_type}": facts.nodes,
            "aws.ebs.gp3": facts.nodes * facts.node_disk_gb + _DATABASE_GB,
            "aws.nat.hour": facts.zones,
            "aws.nat.gb": original["aws.nat.gb"],
            "aws.nlb.hour": _LOAD_BALANCERS,
            "aws.nlb.lcu": original["aws.alb.lcu"],
            "aws.ipv4": addresses,
            "aws.logs": _LOGS_GB,
            "aws.kms.key": 1,
            "aws.egress": original["aws.egress"],
        },
        "warm": _sum(
            {
                "azure.aks.standard": 1,
                "azure.vm.D2s_v5": _WARM_NODES,
                "azure.disk.P6": _WARM_NODES,
                "azure.disk.P10-zrs": 1,
                "azure.lb.hour": _AZURE_LOAD_BALANCERS,
                "azure.ipv4": _AZURE_ADDRESSES,
                "aws.egress": ORIGINAL["warm"]["aws.egress"],
            },
            link,
        ),
        "hot": _sum(ORIGINAL["hot"], link),
    }


def made_assumptions(facts: PrimaryFacts) -> dict[str, str]:
    """Return what is assumed of each part that the configuration does not tell."""
    network = "both halves of the VPN" if facts.vpn else "no VPN"
    return {
        **ASSUMPTIONS,
        "primary": "what the stack Primary and deploy/aws make, with the original's traffic",
        "warm": f"what standby.bicep makes by default, with {network}; more nodes are started"
        " when it serves, and their start is in no RTO here",
        "hot": f"{ASSUMPTIONS['hot']}, with {network}",
    }


def _link() -> dict[str, float]:
    return {
        "aws.vpn.hour": CONNECTIONS,
        "aws.ipv4": CONNECTIONS * TUNNELS_EACH,
        "azure.vpn.VpnGw1AZ": 1,
        "azure.ipv4": _GATEWAY_ADDRESSES,
    }


def _sum(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in {**one, **other}}
