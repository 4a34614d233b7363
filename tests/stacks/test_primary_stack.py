"""AWS's side from an empty account: only where it is asked for, and as its users rely on it."""

import json
import subprocess
import sys
from collections import Counter
from ipaddress import IPv4Network
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from landbridge.domain.cost_made import PrimaryFacts, made_counts
from landbridge.domain.plan import FAILBACK, FAILOVER, STANDALONE
from landbridge.domain.vpn import inside_network

Template = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]
CFN_LINT = Path(sys.executable).parent / "cfn-lint"
FACTS = PrimaryFacts("m5.xlarge", 4, 50, 3, vpn=True)


@pytest.fixture(name="primary")
def _primary(templates: dict[str, Template]) -> Template:
    return templates["Primary"]


def of_type(template: Template, kind: str) -> list[dict[str, Any]]:
    """Return the properties of each resource of a kind."""
    return [one["Properties"] for one in template["Resources"].values() if one["Type"] == kind]


def test_who_has_clusters_gets_none(assembly: Path) -> None:
    """Without the part `primary` there is neither of the two stacks."""
    made = {file.name.partition(".")[0] for file in assembly.glob("*.template.json")}
    assert "Orchestrator" in made
    assert made.isdisjoint({"Primary", "Access"})


def test_cfn_lint_has_nothing_to_say(whole_assembly: Path) -> None:
    """Both templates are valid CloudFormation."""
    stacks = [whole_assembly / f"{name}.template.json" for name in ("Primary", "Access")]
    done = subprocess.run(
        # W3005: the CDK writes dependencies that a reference implies anyway. W3010: which zones
        # there are is said in cdk.json, for EKS is not in every one.
        [CFN_LINT, "--ignore-checks", "W3005", "W3010", "--format", "json", "-t", *stacks],
        capture_output=True,
        text=True,
        check=False,
    )
    assert json.loads(done.stdout) == []


def test_each_zone_has_its_own_way_out(primary: Template) -> None:
    """Two subnets and a NAT gateway a zone, none of the networks within another."""
    subnets = of_type(primary, "AWS::EC2::Subnet")
    zones = Counter(one["AvailabilityZone"] for one in subnets)
    assert zones == {f"eu-west-1{letter}": 2 for letter in "abc"}
    assert len(of_type(primary, "AWS::EC2::NatGateway")) == 3
    assert not any(one["MapPublicIpOnLaunch"] for one in subnets)
    networks = [IPv4Network(one["CidrBlock"]) for one in subnets]
    assert not any(one.overlaps(other) for one, other in combinations(networks, 2))
    assert all(one.subnet_of(IPv4Network("10.16.0.0/16")) for one in networks)


def test_the_clusters_doors_are_entries_alone(primary: Template) -> None:
    """Nobody is let in for having made it; its secrets are encrypted, and each log is kept."""
    (cluster,) = of_type(primary, "AWS::EKS::Cluster")
    assert cluster["AccessConfig"] == {
        "AuthenticationMode": "API",
        "BootstrapClusterCreatorAdminPermissions": False,
    }
    (encryption,) = cluster["EncryptionConfig"]
    assert encryption["Resources"] == ["secrets"]
    assert "Fn::GetAtt" in encryption["Provider"]["KeyArn"]
    enabled = cluster["Logging"]["ClusterLogging"]["EnabledTypes"]
    assert {one["Type"] for one in enabled} == {
        "api",
        "audit",
        "authenticator",
        "controllerManager",
        "scheduler",
    }
    assert cluster["DeletionProtection"] is True
    (entry,) = of_type(primary, "AWS::EKS::AccessEntry")
    assert entry["PrincipalArn"] == "arn:aws:iam::111122223333:role/admin"


def test_nodes_are_locked_down_and_in_private_subnets(primary: Template) -> None:
    """Encrypted disks, and no credentials of the node's for a pod."""
    (template,) = of_type(primary, "AWS::EC2::LaunchTemplate")
    data = template["LaunchTemplateData"]
    assert data["MetadataOptions"] == {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}
    assert [one["Ebs"]["Encrypted"] for one in data["BlockDeviceMappings"]] == [True]
    (nodes,) = of_type(primary, "AWS::EKS::Nodegroup")
    assert all("Private" in json.dumps(subnet) for subnet in nodes["Subnets"])
    assert nodes["ScalingConfig"]["MinSize"] == 4


def test_pods_get_network_policies_and_disks(primary: Template) -> None:
    """Without these two the manifests' policies would be words, and the database have no disk."""
    addons = {one["AddonName"]: one for one in of_type(primary, "AWS::EKS::Addon")}
    assert json.loads(addons["vpc-cni"]["ConfigurationValues"]) == {"enableNetworkPolicy": "true"}
    disk_class = yaml.safe_load((ROOT / "deploy" / "aws" / "storage.yaml").read_text())
    assert disk_class["provisioner"] == "ebs.csi.aws.com"
    (association,) = addons["aws-ebs-csi-driver"]["PodIdentityAssociations"]
    assert association["ServiceAccount"] == "ebs-csi-controller-sa"
    assert "eks-pod-identity-agent" in addons


def test_the_databases_name_leads_to_its_pod_within_each_cluster(primary: Template) -> None:
    """The workload verifies the name that everybody else does, and stays in its cluster for it."""
    dns = next(one for one in of_type(primary, "AWS::EKS::Addon") if one["AddonName"] == "coredns")
    wanted = "rewrite name exact database.{}.shop.test orders-database.orders.svc.cluster.local"
    lines = json.loads(dns["ConfigurationValues"])["corefile"].splitlines()
    assert wanted.format("aws") in [line.strip() for line in lines]
    names = yaml.safe_load((ROOT / "deploy" / "azure" / "names.yaml").read_text())
    assert names["data"]["landbridge.override"].strip() == wanted.format("azure")


def test_the_way_to_azure_has_two_connections_and_no_key(primary: Template) -> None:
    """Each to one instance of Azure's gateway, by BGP, with tunnels that Azure can take."""
    gateways = of_type(primary, "AWS::EC2::CustomerGateway")
    assert [one["IpAddress"] for one in gateways] == ["203.0.113.1", "203.0.113.2"]
    connections = of_type(primary, "AWS::EC2::VPNConnection")
    for number, one in enumerate(connections):
        assert one["StaticRoutesOnly"] is False
        tunnels = [{"TunnelInsideCidr": str(inside_network(number, n))} for n in range(2)]
        assert one["VpnTunnelOptionsSpecifications"] == tunnels
    assert "PreSharedKey" not in json.dumps(primary)
    (spread,) = of_type(primary, "AWS::EC2::VPNGatewayRoutePropagation")
    assert len(spread["RouteTableIds"]) == 3


def test_the_key_is_used_by_the_cluster_and_its_logs(primary: Template) -> None:
    """By its two log groups by name, by the cluster's role, and by nobody else."""
    (key,) = of_type(primary, "AWS::KMS::Key")
    statements = {one["Sid"]: one for one in key["KeyPolicy"]["Statement"]}
    assert set(statements) == {"TheAccount", "Logs", "Cluster"}
    groups = json.dumps(statements["Logs"]["Condition"])
    assert ":log-group:/aws/vpc/landbridge-orders" in groups
    assert ":log-group:/aws/eks/shop/cluster" in groups
    assert "ClusterRole" in json.dumps(statements["Cluster"]["Principal"])
    assert key["EnableKeyRotation"] is True


def test_what_the_next_steps_need_comes_out(primary: Template) -> None:
    """Each output says where it goes, and that place is there."""
    told = {name: one["Description"] for name, one in primary["Outputs"].items()}
    assert told["Endpoint"] == "cdk.json: eks.endpoint"
    assert told["CertificateAuthority"] == "cdk.json: eks.certificate_authority"
    assert told["EntryAddresses"] == "cdk.json: sites.aws.addresses"
    assert {"Issuer", "EntryAllocations", "VpnConnection1", "VpnConnection2"} <= set(told)


def test_each_step_that_asks_the_cluster_is_let_in(templates: dict[str, Template]) -> None:
    """By the role that the stack Orchestrator puts out, as the user that the roles bind."""
    access, orchestrator = templates["Access"], templates["Orchestrator"]
    steps = {one.construct for one in FAILOVER + FAILBACK + STANDALONE if "eks" in one.uses}
    names = {name for name in access["Parameters"] if name.endswith("RoleArn")}
    assert names == {f"{step}RoleArn" for step in steps}
    assert names <= set(orchestrator["Outputs"])
    entries = of_type(access, "AWS::EKS::AccessEntry")
    assert {one["PrincipalArn"]["Ref"] for one in entries} == names
    bindings = yaml.safe_load_all((ROOT / "deploy" / "aws" / "orchestrator.yaml").read_text())
    bound = {one["subjects"][0]["name"] for one in bindings if one["kind"] == "RoleBinding"}
    assert {one["Username"] for one in entries} == bound
    assert {one["ClusterName"] for one in entries} == {"shop"}


def test_the_bill_counts_what_is_made(primary: Template) -> None:
    """Nodes, disks, gateways, addresses, load balancers and the VPN."""
    counts = made_counts(FACTS)
    (nodes,) = of_type(primary, "AWS::EKS::Nodegroup")
    (disk,) = of_type(primary, "AWS::EC2::LaunchTemplate")
    (mapping,) = disk["LaunchTemplateData"]["BlockDeviceMappings"]
    database = (ROOT / "deploy" / "both" / "database.yaml").read_text()
    services = [
        one
        for one in yaml.safe_load_all((ROOT / "deploy" / "aws" / "entry.yaml").read_text())
        if one["kind"] == "Service"
    ]
    internal = "service.beta.kubernetes.io/aws-load-balancer-internal"
    public = [one for one in services if internal not in one["metadata"]["annotations"]]
    zones = len(of_type(primary, "AWS::EC2::NatGateway"))
    mine = counts["primary"]
    assert mine["aws.ec2.m5.xlarge"] == nodes["ScalingConfig"]["DesiredSize"]
    assert nodes["InstanceTypes"] == ["m5.xlarge"]
    assert "storage: 100Gi" in database
    assert mine["aws.ebs.gp3"] == 4 * mapping["Ebs"]["VolumeSize"] + 100
    assert mine["aws.nat.hour"] == zones
    assert mine["aws.nlb.hour"] == len(services)
    assert mine["aws.ipv4"] == zones + zones * len(public)
    # The entry's addresses and the NAT gateways'; the other load balancer gets its own.
    assert len(of_type(primary, "AWS::EC2::EIP")) == 2 * zones
    assert mine["aws.kms.key"] == len(of_type(primary, "AWS::KMS::Key"))
    connections = of_type(primary, "AWS::EC2::VPNConnection")
    assert counts["warm"]["aws.vpn.hour"] == len(connections)
    assert counts["hot"]["azure.vpn.VpnGw1AZ"] == 1
