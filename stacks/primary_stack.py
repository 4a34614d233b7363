"""The primary's region, from an empty account: network, cluster, and the way to Azure."""

from typing import Any

import aws_cdk as cdk
from constructs import Construct

from landbridge.configuration import Configuration, PrimaryConfiguration
from stacks.constructs.cluster_key import ClusterKey
from stacks.constructs.primary_cluster import PrimaryCluster, managed_role
from stacks.constructs.primary_network import PrimaryNetwork

__all__ = ["PrimaryStack"]


class PrimaryStack(cdk.Stack):
    """What the workload and its database run on; both are manifests in deploy/.

    Only for those who have no cluster yet: nothing of landbridge's own is in it, and what it makes
    stays when landbridge goes.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        configuration: Configuration,
        primary: PrimaryConfiguration,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, construct_id, termination_protection=True, **kwargs)
        name = configuration.eks.cluster
        flows = f"/aws/vpc/landbridge-{configuration.workload}"
        role = managed_role(
            self,
            "ClusterRole",
            "eks.amazonaws.com",
            ("AmazonEKSClusterPolicy",),
            "what EKS does for a cluster, kept by AWS with each version",
        )
        key = ClusterKey(self, "Key", log_groups=(flows, f"/aws/eks/{name}/cluster"), role=role).key
        network = PrimaryNetwork(
            self, "Network", primary=primary, cluster=name, flow_log_group=flows, key=key
        )
        pod = configuration.database_pod
        made = PrimaryCluster(
            self,
            "Eks",
            primary=primary,
            name=name,
            vpc=network.vpc,
            key=key,
            role=role,
            database=(configuration.databases.aws.host, f"{pod.stateful_set}.{pod.namespace}"),
        ).cluster
        for output, value, description in (
            ("Endpoint", made.attr_endpoint, "cdk.json: eks.endpoint"),
            (
                "CertificateAuthority",
                made.attr_certificate_authority_data,
                "cdk.json: eks.certificate_authority",
            ),
            (
                "Issuer",
                made.attr_open_id_connect_issuer_url,
                "main.parameters.json: clusterIssuers.eks",
            ),
            (
                "EntryAddresses",
                cdk.Fn.join(",", [one.attr_public_ip for one in network.entries]),
                "cdk.json: sites.aws.addresses",
            ),
            (
                "EntryAllocations",
                cdk.Fn.join(",", [one.attr_allocation_id for one in network.entries]),
                "deploy/aws/entry.yaml: eip-allocations",
            ),
            ("VpcId", network.vpc.vpc_id, "The network"),
        ):
            cdk.CfnOutput(self, output, value=value, description=description)
        for number, connection in enumerate(network.connections):
            cdk.CfnOutput(
                self,
                f"VpnConnection{number + 1}",
                value=connection.vpn_id,
                description="aws ec2 describe-vpn-connections has its tunnels and keys",
            )
