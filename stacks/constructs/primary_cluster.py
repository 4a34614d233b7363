"""The primary's EKS cluster: control plane, who administers it, nodes and add-ons."""

import json
from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks as eks
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from landbridge.configuration import PrimaryConfiguration
from stacks.acknowledgements import acknowledge

__all__ = ["PrimaryCluster", "managed_role"]

_LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")
_ADMINISTRATION = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
_NODES = (
    "AmazonEKSWorkerNodeMinimalPolicy",
    "AmazonEC2ContainerRegistryPullOnly",
    # The network plugin gets a pod's address before any pod can have a role of its own.
    "AmazonEKS_CNI_Policy",
)

# EKS's own (EKS User Guide, "Manage CoreDNS for DNS in Amazon EKS clusters"), with one line more.
_COREFILE = """\
.:53 {
    errors
    health {
        lameduck 30s
    }
    ready
    rewrite name exact NAME SERVICE.svc.cluster.local
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
    }
    prometheus :9153
    forward . /etc/resolv.conf
    cache 30
    loop
    reload
    loadbalance
}
"""


def managed_role(
    scope: Construct, construct_id: str, service: str, policies: Sequence[str], reason: str
) -> iam.Role:
    """Return a role with policies that AWS keeps, and the reason why they are none of ours."""
    role = iam.Role(
        scope,
        construct_id,
        assumed_by=iam.ServicePrincipal(service),
        managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(one) for one in policies],
    )
    for one in policies:
        acknowledge(role, f"IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{one}]", reason)
    return role


class PrimaryCluster(Construct):
    """Access by entries alone; secrets encrypted; every log of the control plane kept.

    ``database`` is the name that the workload asks for, and the Service that it leads to.
    The orchestrator's entries are in the stack Access, since its roles come later.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        primary: PrimaryConfiguration,
        name: str,
        vpc: ec2.Vpc,
        key: kms.IKey,
        role: iam.Role,
        database: tuple[str, str],
    ) -> None:
        super().__init__(scope, construct_id)
        group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/eks/{name}/cluster",
            encryption_key=key,
            retention=logs.RetentionDays.THREE_MONTHS,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        self.cluster = self._cluster(primary, name, vpc, key, role)
        self.cluster.node.add_dependency(group)
        self._administrators(primary.administrators)
        before = [
            self._addon("vpc-cni", {"enableNetworkPolicy": "true"}),
            self._addon("kube-proxy"),
            self._addon("eks-pod-identity-agent"),
        ]
        nodes = self._nodes(primary, vpc)
        for addon in before:
            nodes.node.add_dependency(addon)
        for addon in (self._addon("coredns", {"corefile": _corefile(*database)}), self._disks()):
            addon.node.add_dependency(nodes)

    def _cluster(
        self,
        primary: PrimaryConfiguration,
        name: str,
        vpc: ec2.Vpc,
        key: kms.IKey,
        role: iam.Role,
    ) -> eks.CfnCluster:
        made = eks.CfnCluster(
            self,
            "Cluster",
            name=name,
            version=primary.kubernetes_version,
            role_arn=role.role_arn,
            resources_vpc_config=eks.CfnCluster.ResourcesVpcConfigProperty(
                subnet_ids=[subnet.subnet_id for subnet in vpc.private_subnets],
                endpoint_private_access=True,
                endpoint_public_access=True,
            ),
            access_config=eks.CfnCluster.AccessConfigProperty(
                authentication_mode="API", bootstrap_cluster_creator_admin_permissions=False
            ),
            encryption_config=[
                eks.CfnCluster.EncryptionConfigProperty(
                    provider=eks.CfnCluster.ProviderProperty(key_arn=key.key_arn),
                    resources=["secrets"],
                )
            ],
            kubernetes_network_config=eks.CfnCluster.KubernetesNetworkConfigProperty(
                ip_family="ipv4", service_ipv4_cidr=primary.service_network
            ),
            logging=eks.CfnCluster.LoggingProperty(
                cluster_logging=eks.CfnCluster.ClusterLoggingProperty(
                    enabled_types=[
                        eks.CfnCluster.LoggingTypeConfigProperty(type=one) for one in _LOGS
                    ]
                )
            ),
            # The add-ons are below, where their versions are seen and changed.
            bootstrap_self_managed_addons=False,
            deletion_protection=True,
            upgrade_policy=eks.CfnCluster.UpgradePolicyProperty(support_type="STANDARD"),
        )
        acknowledge(
            made,
            "EKS1",
            "the steps ask from another region, in no VPC; who may ask is said by access entries",
        )
        return made

    def _administrators(self, principals: Sequence[str]) -> None:
        for number, principal in enumerate(principals):
            eks.CfnAccessEntry(
                self,
                f"Administrator{number + 1}",
                cluster_name=self.cluster.ref,
                principal_arn=principal,
                type="STANDARD",
                access_policies=[
                    eks.CfnAccessEntry.AccessPolicyProperty(
                        policy_arn=_ADMINISTRATION,
                        access_scope=eks.CfnAccessEntry.AccessScopeProperty(type="cluster"),
                    )
                ],
            )

    def _nodes(self, primary: PrimaryConfiguration, vpc: ec2.Vpc) -> eks.CfnNodegroup:
        template = ec2.CfnLaunchTemplate(
            self,
            "NodeTemplate",
            launch_template_data=ec2.CfnLaunchTemplate.LaunchTemplateDataProperty(
                # A pod cannot get the node's own credentials: its packets are a hop too far.
                metadata_options=ec2.CfnLaunchTemplate.MetadataOptionsProperty(
                    http_tokens="required", http_put_response_hop_limit=1
                ),
                block_device_mappings=[
                    ec2.CfnLaunchTemplate.BlockDeviceMappingProperty(
                        device_name="/dev/xvda",
                        ebs=ec2.CfnLaunchTemplate.EbsProperty(
                            encrypted=True,
                            volume_type="gp3",
                            volume_size=primary.node_disk_gb,
                            delete_on_termination=True,
                        ),
                    )
                ],
            ),
        )
        role = managed_role(
            self,
            "NodeRole",
            "ec2.amazonaws.com",
            _NODES,
            "what EKS asks of a node's role, kept by AWS with each version of the plugins",
        )
        return eks.CfnNodegroup(
            self,
            "Nodes",
            cluster_name=self.cluster.ref,
            node_role=role.role_arn,
            subnets=[subnet.subnet_id for subnet in vpc.private_subnets],
            ami_type="AL2023_x86_64_STANDARD",
            instance_types=[primary.node_type],
            launch_template=eks.CfnNodegroup.LaunchTemplateSpecificationProperty(
                id=template.ref, version=template.attr_latest_version_number
            ),
            scaling_config=eks.CfnNodegroup.ScalingConfigProperty(
                min_size=primary.nodes, desired_size=primary.nodes, max_size=primary.nodes + 1
            ),
            update_config=eks.CfnNodegroup.UpdateConfigProperty(max_unavailable=1),
            node_repair_config=eks.CfnNodegroup.NodeRepairConfigProperty(enabled=True),
        )

    def _disks(self) -> eks.CfnAddon:
        role = iam.Role(
            self,
            "DiskRole",
            assumed_by=iam.SessionTagsPrincipal(iam.ServicePrincipal("pods.eks.amazonaws.com")),
        )
        policy = "service-role/AmazonEBSCSIDriverPolicy"
        role.add_managed_policy(iam.ManagedPolicy.from_aws_managed_policy_name(policy))
        acknowledge(
            role,
            f"IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{policy}]",
            "what the driver of EBS does, kept by AWS; it is bounded by the driver's own tags",
        )
        return self._addon(
            "aws-ebs-csi-driver",
            associations=[
                eks.CfnAddon.PodIdentityAssociationProperty(
                    role_arn=role.role_arn, service_account="ebs-csi-controller-sa"
                )
            ],
        )

    def _addon(
        self,
        name: str,
        values: dict[str, str] | None = None,
        associations: list[eks.CfnAddon.PodIdentityAssociationProperty] | None = None,
    ) -> eks.CfnAddon:
        return eks.CfnAddon(
            self,
            "".join(part.title() for part in name.split("-")),
            addon_name=name,
            cluster_name=self.cluster.ref,
            configuration_values=None if values is None else json.dumps(values),
            pod_identity_associations=associations,
            resolve_conflicts="OVERWRITE",
        )


def _corefile(name: str, service: str) -> str:
    """Return the cluster's DNS: EKS's own, and the database's name, which leads to its pod.

    So the workload verifies the certificate that everybody else does, without leaving the cluster.
    """
    return _COREFILE.replace("NAME", name).replace("SERVICE", service)
