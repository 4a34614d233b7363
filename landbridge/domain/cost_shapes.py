"""The sizes that are assumed where cdk.json says none: those of the system landbridge grew from.

What is known of it: EKS with all production traffic and PostgreSQL 16; AKS with its nodes running
and its pods at zero; a PostgreSQL 16 replica that is always in sync; the standby at about 18 % of
the primary. No size is known. These were chosen so that this shape gives that share, and they show
what it takes: a standby with an eighth of the nodes' vCPUs and a quarter of the database's.
"""

from collections.abc import Mapping
from types import MappingProxyType

from landbridge.domain.cost import RtoFigure

__all__ = ["ASSUMPTIONS", "ORIGINAL", "ORIGINAL_RTO", "ORIGINAL_SHARE"]

ORIGINAL_SHARE = 0.18

_REPLICATION_GB = 100.0  # WAL that AWS sends to Azure in a month

ORIGINAL: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "primary": {
            "aws.eks.cluster": 1,
            "aws.ec2.m5.2xlarge": 1,  # the database
            "aws.ec2.m5.xlarge": 4,  # the nodes
            "aws.ebs.gp3": 500,
            "aws.nat.hour": 2,
            "aws.nat.gb": 200,
            "aws.alb.hour": 1,
            "aws.alb.lcu": 2,
            "aws.ipv4": 3,
            "aws.egress": 500,
        },
        # Disks, a backup that is kept current, and nothing that runs.
        "cold": {
            "azure.aks.free": 1,
            "azure.blob.hot": 200,
            "aws.egress": _REPLICATION_GB,
        },
        # Nodes run, pods are at zero, the replica streams: what the original was.
        "warm": {
            "azure.aks.free": 1,
            "azure.vm.D2s_v5": 2,  # one node, and the database
            "azure.disk.P10": 1,
            "azure.disk.E10": 1,
            "azure.lb.hour": 1,
            "azure.ipv4": 1,
            "aws.egress": _REPLICATION_GB,
        },
        # As many vCPUs as the primary has, pods running, a cluster with an SLA.
        "hot": {
            "azure.aks.standard": 1,
            "azure.vm.D8s_v5": 1,  # the database
            "azure.vm.D4s_v5": 4,  # the nodes
            "azure.disk.P10": 1,
            "azure.disk.E10": 4,
            "azure.lb.hour": 1,
            "azure.ipv4": 1,
            "aws.egress": _REPLICATION_GB,
        },
    }
)

ORIGINAL_RTO: Mapping[str, RtoFigure] = MappingProxyType(
    {
        "cold": RtoFigure(None, "nobody measured it: nodes are made and a backup is restored"),
        "warm": RtoFigure(
            65.7,
            "README.md, landbridge bench: 12 s promotion, 33 s pods, TTL 60, seen 2026-11-23",
        ),
        "hot": RtoFigure(
            44.7,
            "derived: warm's, less the 21 s that 33 s of pods take longer than 12 s of promotion",
        ),
    }
)

ASSUMPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "primary": "EKS, 4 nodes of 4 vCPUs, a database of 8, 2 NAT gateways, 1 load balancer",
        "cold": "nothing runs; base backup and WAL in Blob storage; landbridge cannot fail over to"
        " it",
        "warm": "AKS's free tier, 1 node of 2 vCPUs, a replica of 2 vCPUs that streams 100 GB of"
        " WAL a month; more nodes are started when it serves, and their start is in no RTO here",
        "hot": "as many vCPUs as the primary, pods running, AKS's standard tier",
    }
)
