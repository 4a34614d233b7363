"""AWS's side from an empty account: network, cluster, and the way to Azure. Stacks make it."""

from typing import Annotated

from pydantic import Field, StringConstraints

from landbridge.configuration.kinds import Part, Unit

__all__ = ["PrimaryConfiguration", "VpnConfiguration"]

Network = Annotated[
    str,
    StringConstraints(pattern=r"^\d{1,3}(\.\d{1,3}){3}/\d{1,2}$"),
    Unit("IPv4 network"),
]
Address = Annotated[
    str, StringConstraints(pattern=r"^\d{1,3}(\.\d{1,3}){3}$"), Unit("IPv4 address")
]
Principal = Annotated[
    str,
    StringConstraints(pattern=r"^arn:aws:iam::\d{12}:(role|user)/[A-Za-z0-9/_+=,.@-]{1,512}$"),
    Unit("IAM ARN"),
]
Zone = Annotated[str, StringConstraints(pattern=r"^[a-f]$"), Unit("letter")]


class VpnConfiguration(Part):
    """AWS's half of the way between the clouds; Azure's is deploy/azure/bicep/network.bicep."""

    azure_network: Network = Field(
        default="10.32.0.0/16",
        description="Azure's virtual network. Both clouds route to each other, so no address may "
        "be in two networks.",
    )
    azure_cluster_network: Network = Field(
        default="10.244.0.0/15",
        description="AKS's pods have one half of it and its services the other. It is not routed, "
        "but what AWS has in it no pod could reach.",
    )
    azure_addresses: tuple[Address, ...] = Field(
        min_length=2,
        max_length=2,
        description="The public addresses of Azure's VPN gateway, both. One of its two instances "
        "carries the traffic while the other is serviced.",
    )


class PrimaryConfiguration(Part):
    """What the stacks Primary and Access make in the primary's region."""

    administrators: tuple[Principal, ...] = Field(
        min_length=1,
        max_length=20,
        description="IAM roles or users that administer the cluster. Whoever creates it gets no "
        "rights in it by that, so without one nobody could come in.",
    )
    network: Network = Field(
        default="10.16.0.0/16",
        description="The VPC's network. It cannot be changed later.",
    )
    service_network: Network = Field(
        default="172.20.0.0/16",
        description="Kubernetes' services have these addresses, within the cluster only. It "
        "cannot be changed later.",
    )
    zones: tuple[Zone, ...] = Field(
        default=("a", "b"),
        min_length=2,
        max_length=3,
        description="Availability zones by their letter. Each has two subnets and a NAT gateway, "
        "so that losing one zone takes no other along.",
    )
    kubernetes_version: Annotated[str, Unit("1.NN")] | None = Field(
        default=None,
        pattern=r"^1\.[0-9]{2}$",
        description="The cluster's version; null: EKS's default on the day it is made. An upgrade "
        "begins with the number of the next one.",
    )
    node_type: Annotated[str, Unit("EC2 type")] = Field(
        default="m5.xlarge",
        pattern=r"^[a-z][a-z0-9-]*\.[a-z0-9-]+$",
        description="The nodes' type, of x86. The workload's pods and its database run on them.",
    )
    nodes: Annotated[int, Unit("nodes")] = Field(
        default=4,
        ge=2,
        le=100,
        description="How many nodes run. The workload's pods and its database need room in one "
        "zone less.",
    )
    node_disk_gb: int = Field(
        default=50,
        ge=20,
        le=1_000,
        description="Each node's own disk, in GB. Images and logs are on it, the database is not.",
    )
    vpn: VpnConfiguration | None = Field(
        default=None,
        description="The site-to-site VPN to Azure; null: none. Replication then needs another "
        "private way.",
    )
