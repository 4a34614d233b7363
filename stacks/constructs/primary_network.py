"""The primary's network: zones, the entry's addresses, and AWS's half of the way to Azure."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from landbridge.configuration import PrimaryConfiguration
from landbridge.domain.vpn import AWS_ASN, AZURE_ASN, TUNNELS_EACH, inside_network

__all__ = ["PrimaryNetwork"]


class PrimaryNetwork(Construct):
    """A VPC with a public and a private subnet and a NAT gateway in each zone, its traffic logged.

    ``entries`` are the workload's load balancer's addresses, one a zone: they go into DNS once, and
    a load balancer that is made anew has them again.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        primary: PrimaryConfiguration,
        cluster: str,
        flow_log_group: str,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        self.vpc = self._vpc(primary)
        self._tag_for_load_balancers(cluster)
        group = logs.LogGroup(
            self,
            "Flows",
            log_group_name=flow_log_group,
            encryption_key=key,
            retention=logs.RetentionDays.THREE_MONTHS,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        self.vpc.add_flow_log(
            "FlowLog", destination=ec2.FlowLogDestination.to_cloud_watch_logs(group)
        )
        self.entries = [self._entry(zone) for zone in primary.zones]
        self.connections = (
            [self._connection(n, address) for n, address in enumerate(primary.vpn.azure_addresses)]
            if primary.vpn is not None
            else []
        )

    def _vpc(self, primary: PrimaryConfiguration) -> ec2.Vpc:
        stack = cdk.Stack.of(self)
        linked = primary.vpn is not None
        return ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr(primary.network),
            availability_zones=[f"{stack.region}{zone}" for zone in primary.zones],
            nat_gateways=len(primary.zones),
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="Public",
                    subnet_type=ec2.SubnetType.PUBLIC,
                    map_public_ip_on_launch=False,
                ),
                ec2.SubnetConfiguration(
                    name="Private", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS
                ),
            ],
            # It is taken care of by a function of CDK's own, for a group that nothing here uses.
            restrict_default_security_group=False,
            vpn_gateway=linked,
            vpn_gateway_asn=AWS_ASN if linked else None,
        )

    def _tag_for_load_balancers(self, cluster: str) -> None:
        # How Kubernetes finds the subnets (EKS User Guide, "View Amazon EKS networking
        # requirements").
        for subnets, role in (
            (self.vpc.public_subnets, "kubernetes.io/role/elb"),
            (self.vpc.private_subnets, "kubernetes.io/role/internal-elb"),
        ):
            for subnet in subnets:
                cdk.Tags.of(subnet).add(role, "1")
                cdk.Tags.of(subnet).add(f"kubernetes.io/cluster/{cluster}", "shared")

    def _entry(self, zone: str) -> ec2.CfnEIP:
        address = ec2.CfnEIP(self, f"Entry{zone.upper()}", domain="vpc")
        address.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
        return address

    def _connection(self, number: int, address: str) -> ec2.VpnConnection:
        # No key stands here: AWS makes one for each tunnel, and whoever may ask EC2 reads it.
        return self.vpc.add_vpn_connection(
            f"Azure{number + 1}",
            ip=address,
            asn=AZURE_ASN,
            tunnel_options=[
                ec2.VpnTunnelOption(tunnel_inside_cidr=str(inside_network(number, tunnel)))
                for tunnel in range(TUNNELS_EACH)
            ],
        )
