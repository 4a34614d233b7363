"""The standby's Bicep fits what it stands beside: AWS's half, cdk.json, the manifests, the bill."""

import json
from ipaddress import IPv4Network
from itertools import combinations, product
from typing import Any

import yaml

from landbridge.configuration.primaries import PrimaryConfiguration, VpnConfiguration
from landbridge.domain import cost_made
from landbridge.domain.vpn import (
    AWS_ASN,
    AZURE_ASN,
    CONNECTIONS,
    TUNNELS_EACH,
    aws_address,
    azure_address,
)
from tests.deploy.test_bicep import ROOT, parsed, properties, resources

TUNNELS = tuple(product(range(CONNECTIONS), range(TUNNELS_EACH)))


def default(file: str, parameter: str) -> Any:
    """Return a parameter's default."""
    return parsed(file)["parameters"][parameter]["default"]


def variable(file: str, name: str) -> Any:
    """Return a variable's value."""
    return parsed(file)["variables"][name]["value"]


def configured(field: str) -> str:
    """Return a network's default in cdk.json."""
    model = VpnConfiguration if field.startswith("azure") else PrimaryConfiguration
    return str(model.model_fields[field].default)


def test_both_halves_of_the_way_are_one() -> None:
    """Each tunnel's ends and each cloud's number are the same in the stack and in the Bicep."""
    assert variable("network.bicep", "autonomousSystem") == AZURE_ASN
    assert variable("tunnel.bicep", "awsAutonomousSystem") == AWS_ASN
    for instance, name in enumerate(("insideFirst", "insideSecond")):
        ends = [str(azure_address(instance, tunnel)) for tunnel in range(TUNNELS_EACH)]
        assert variable("network.bicep", name) == ends
    modules = parsed("link.bicep")["modules"].values()
    assert len(modules) == len(TUNNELS)
    for number, (module, (connection, tunnel)) in enumerate(zip(modules, TUNNELS, strict=True)):
        told = module["config"]["params"]
        assert told["tunnel"] == str(number + 1)
        assert told["insideAddress"] == str(aws_address(connection, tunnel))
        ends = [str(azure_address(instance, tunnel)) for instance in range(CONNECTIONS)]
        assert variable("link.bicep", told["azureAddresses"]) == ends
        assert str(number) in json.dumps(told["outsideAddress"])
    keys = [module["config"]["params"]["key"] for module in modules]
    assert keys == ["firstKey", "secondKey", "thirdKey", "fourthKey"]


def test_the_tunnels_take_strong_ciphers_alone() -> None:
    """AWS offers older ones too; what Azure's end asks for is what is agreed on."""
    (policy,) = properties("tunnel.bicep", "connection")["ipsecPolicies"]
    assert policy["ikeEncryption"] == "AES256"
    assert policy["ipsecEncryption"] == policy["ipsecIntegrity"] == "GCMAES256"
    assert policy["dhGroup"] == "DHGroup14"
    assert policy["pfsGroup"] == "PFS14"


def test_no_address_is_in_two_networks() -> None:
    """The defaults of the Bicep are cdk.json's, and they do not overlap."""
    assert default("standby.bicep", "network") == configured("azure_network")
    pods, services = (
        IPv4Network(default("standby.bicep", name)) for name in ("podNetwork", "serviceNetwork")
    )
    assert (
        pods.supernet() == services.supernet() == IPv4Network(configured("azure_cluster_network"))
    )
    every = [
        pods,
        services,
        *map(IPv4Network, map(configured, ("network", "service_network", "azure_network"))),
    ]
    assert [pair for pair in combinations(every, 2) if pair[0].overlaps(pair[1])] == []


def test_nodes_and_gateway_have_room_in_the_smallest_network() -> None:
    """Their subnets do not meet in a /20 either, which is the smallest that cdk.json takes."""
    text = (ROOT / "deploy" / "azure" / "bicep" / "network.bicep").read_text()
    assert "cidrSubnet(network, 22, 0)" in text
    assert "cidrSubnet(network, 26, 63)" in text
    for whole in (IPv4Network("10.32.0.0/20"), IPv4Network("10.32.0.0/16")):
        nodes = next(whole.subnets(new_prefix=22))
        gateway = list(whole.subnets(new_prefix=26))[63]
        assert not nodes.overlaps(gateway)


def test_the_nodes_are_warm_and_more_may_come() -> None:
    """So many are always there as the bill counts, and the autoscaler may add some."""
    (pool,) = properties("cluster.bicep", "cluster")["agentPoolProfiles"]
    assert pool["enableAutoScaling"] is True
    assert (pool["count"], pool["minCount"], pool["maxCount"]) == (
        "warmNodes",
        "warmNodes",
        "mostNodes",
    )
    assert default("standby.bicep", "warmNodes") == cost_made._WARM_NODES
    assert default("standby.bicep", "mostNodes") > default("standby.bicep", "warmNodes")
    assert default("standby.bicep", "nodeSize") == "Standard_D2s_v5"
    assert default("standby.bicep", "tier") == "Standard"


def test_nobody_comes_into_the_cluster_but_by_entra() -> None:
    """No local account; Kubernetes' own roles say what each may do; tokens have an issuer."""
    cluster = properties("cluster.bicep", "cluster")
    assert cluster["disableLocalAccounts"] is True
    assert cluster["aadProfile"]["managed"] is True
    assert cluster["aadProfile"]["enableAzureRBAC"] is False
    assert cluster["oidcIssuerProfile"] == {"enabled": True}
    assert cluster["securityProfile"]["workloadIdentity"] == {"enabled": True}
    assert cluster["networkProfile"]["networkPolicy"] == "cilium"


def test_the_cluster_may_do_to_the_network_what_it_needs() -> None:
    """One subnet's network and two addresses are its to change; the group's names to read."""
    assigned = {
        name: (one.get("scope", "the group"), one["properties"]["roleDefinitionId"])
        for name, one in resources("cluster.bicep").items()
        if name.endswith("Role")
    }
    changed = {scope for scope, role in assigned.values() if "networkContributor" in str(role)}
    assert changed == {"virtualNetwork", "entry", "database"}
    (found,) = [scope for scope, role in assigned.values() if "networkContributor" not in str(role)]
    assert found == "the group"


def test_nothing_drains_the_database_by_itself() -> None:
    """Its budget would make each upgrade fail that nobody looks after."""
    profile = properties("cluster.bicep", "cluster")["autoUpgradeProfile"]
    assert profile == {"upgradeChannel": "none", "nodeOSUpgradeChannel": "None"}


def test_the_bill_has_each_load_balancer_and_gateway() -> None:
    """Public services share one load balancer and internal ones another, as Azure makes them."""
    documents = yaml.safe_load_all((ROOT / "deploy" / "azure" / "entry.yaml").read_text())
    services = [one for one in documents if one["kind"] == "Service"]
    internal = "service.beta.kubernetes.io/azure-load-balancer-internal"
    kinds = {internal in one["metadata"]["annotations"] for one in services}
    assert len(kinds) == cost_made._AZURE_LOAD_BALANCERS
    public = [one for one in services if internal not in one["metadata"]["annotations"]]
    outbound = 1
    assert len(public) + outbound == cost_made._AZURE_ADDRESSES
    gateway = properties("network.bicep", "gateway")
    assert len(gateway["ipConfigurations"]) == cost_made._GATEWAY_ADDRESSES
    assert gateway["sku"]["name"] == "VpnGw1AZ"
    assert gateway["activeActive"] is True
