"""Every manifest, and every manifest within one, is right by Kubernetes' published schemas."""

import json
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.deploy.test_roles import documents

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
FILES = sorted(file.relative_to(DEPLOY).as_posix() for file in DEPLOY.glob("*/*.yaml"))
# One that is some years old, and the newest that the validator has.
VERSIONS = ("1.32", kubernetes_validate.latest_version())
PODS_OF = {
    "orders": {"app": "orders"},
    "orders-database": {"app": "orders-database"},
    "orders-rebuild": {"app": "orders-rebuild"},
    "orders-rehearsal": {"app": "orders-rehearsal"},
    "orders-entry": {"app": "orders-entry"},
    "orders-first-database": {"app": "orders-first-database"},
    "landbridge-takeover": {"app": "landbridge-takeover"},
}
# AWS's load balancer ends TLS itself, and the standby's database is a copy of the primary's.
NOT_THERE = {
    ("aws", "orders-rehearsal"),
    ("aws", "landbridge-takeover"),
    ("aws", "orders-entry"),
    ("azure", "orders-first-database"),
}


def manifests(file: str) -> list[dict[str, Any]]:
    """Return a file's manifests, and those that its ConfigMaps hold for landbridge to create."""
    found = [one for one in yaml.safe_load_all((DEPLOY / file).read_text()) if one]
    jobs = [
        json.loads(one["data"]["job.json"]) for one in found if "job.json" in one.get("data", {})
    ]
    for job in jobs:
        job["metadata"]["name"] = "made-by-landbridge"
    return found + jobs


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("file", FILES)
def test_a_manifest_is_right_by_the_published_schema(file: str, version: str) -> None:
    """Strictly: a field that the schema does not know is wrong too."""
    for one in manifests(file):
        kubernetes_validate.validate(one, version, strict=True)


def test_the_validation_finds_a_misspelt_field() -> None:
    """What a merge would silently drop is refused."""
    (policy, *_) = manifests("both/network.yaml")
    policy["spec"]["podSelektor"] = policy["spec"].pop("podSelector")
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(policy, VERSIONS[-1], strict=True)


def selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    """Whether a label selector finds a pod with these labels."""
    wanted = selector.get("matchLabels", {})
    expressions = selector.get("matchExpressions", [])
    assert {one["operator"] for one in expressions} <= {"In"}
    return wanted.items() <= labels.items() and all(
        labels.get(one["key"]) in one["values"] for one in expressions
    )


def of_kind(site: str, kind: str) -> list[dict[str, Any]]:
    """Return the site's objects of a kind."""
    return [one for one in documents(site) if one["kind"] == kind]


@pytest.mark.parametrize("site", ["aws", "azure"])
def test_every_pod_has_one_network_policy(site: str) -> None:
    """Each kind of pod is under a policy for both directions; nobody else's is."""
    policies = of_kind(site, "NetworkPolicy")
    for name, labels in PODS_OF.items():
        over = [one for one in policies if selects(one["spec"]["podSelector"], labels)]
        assert len(over) == (0 if (site, name) in NOT_THERE else 1), name
    for one in policies:
        assert one["spec"]["policyTypes"] == ["Ingress", "Egress"]
        assert one["spec"]["podSelector"], "an empty selector is every pod of the namespace"


@pytest.mark.parametrize("site", ["aws", "azure"])
def test_the_policies_let_through_what_the_pods_do(site: str) -> None:
    """The workload reaches its database, which lets it, the rehearsal and the other site in."""
    policies = {one["metadata"]["name"]: one["spec"] for one in of_kind(site, "NetworkPolicy")}
    (door,) = policies["orders-database"]["ingress"]
    assert door["ports"] == [{"protocol": "TCP", "port": 5432}]
    inside = [one["podSelector"] for one in door["from"] if "podSelector" in one]
    for name in ("orders", "orders-rehearsal", "landbridge-takeover"):
        assert any(selects(one, PODS_OF[name]) for one in inside)
    outside = {one["ipBlock"]["cidr"] for one in door["from"] if "ipBlock" in one}
    assert outside == {"192.0.2.0/24", "198.51.100.0/24"}, "documentation's addresses alone"
    out = policies["orders-database"]["egress"]
    assert {port["port"] for rule in out for port in rule["ports"]} == {53, 443, 5432}
    (own,) = [rule for rule in policies["orders"]["egress"] if rule["ports"][0]["port"] != 53]
    assert selects(own["to"][0]["podSelector"], PODS_OF["orders-database"])


@pytest.mark.parametrize("site", ["aws", "azure"])
def test_a_drain_stops_neither_all_of_the_workload_nor_the_database(site: str) -> None:
    """One pod of the workload stays; the database's is not evicted at all."""
    budgets = {one["metadata"]["name"]: one["spec"] for one in of_kind(site, "PodDisruptionBudget")}
    assert selects(budgets["orders"]["selector"], PODS_OF["orders"])
    assert budgets["orders"]["minAvailable"] == 1
    assert selects(budgets["orders-database"]["selector"], PODS_OF["orders-database"])
    assert budgets["orders-database"]["maxUnavailable"] == 0


def test_the_guard_has_a_token_for_entra_alone() -> None:
    """Of the database's containers the guard alone sees a token, which no Kubernetes API takes."""
    (database,) = of_kind("aws", "StatefulSet")
    spec = database["spec"]["template"]["spec"]
    (guard,), (server,) = spec["initContainers"], spec["containers"]
    assert spec["automountServiceAccountToken"] is False
    assert "entra" in {one["name"] for one in guard["volumeMounts"]}
    assert "entra" not in {one["name"] for one in server["volumeMounts"]}
    (volume,) = [one for one in spec["volumes"] if one["name"] == "entra"]
    (source,) = volume["projected"]["sources"]
    assert source["serviceAccountToken"]["audience"] == "api://AzureADTokenExchange"
    accounts = {one["metadata"]["name"] for one in of_kind("aws", "ServiceAccount")}
    assert spec["serviceAccountName"] in accounts


def test_the_takeovers_pod_proves_itself_to_entra_by_its_account() -> None:
    """A token of the service account that Entra's credential names, for Entra alone; no key."""
    (job,) = [one for one in manifests("azure/takeover.yaml") if one["kind"] == "Job"]
    spec = job["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    told = {one["name"]: one["value"] for one in container["env"]}
    (volume,) = [one for one in spec["volumes"] if one["name"] == "entra"]
    (source,) = volume["projected"]["sources"]
    assert source["serviceAccountToken"]["audience"] == "api://AzureADTokenExchange"
    (mount,) = [one for one in container["volumeMounts"] if one["name"] == "entra"]
    path = f"{mount['mountPath']}/{source['serviceAccountToken']['path']}"
    assert told["AZURE_FEDERATED_TOKEN_FILE"] == path
    subject = f"system:serviceaccount:landbridge:{spec['serviceAccountName']}"
    bicep = (DEPLOY / "azure" / "bicep" / "main.bicep").read_text()
    assert f"param takeoverSubject string = '{subject}'" in bicep


def test_a_takeovers_pod_is_locked_down() -> None:
    """No root, no privileges, a read-only file system with one small place to write."""
    (job,) = [one for one in manifests("azure/takeover.yaml") if one["kind"] == "Job"]
    spec = job["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    told = {one["name"]: one["value"] for one in container["env"]}
    (scratch,) = [one for one in spec["volumes"] if "emptyDir" in one]
    (mount,) = [one for one in container["volumeMounts"] if one["name"] == scratch["name"]]
    assert mount["mountPath"] == told["TMPDIR"]


def test_a_takeovers_pod_reaches_what_its_steps_ask_and_nobody_reaches_it() -> None:
    """Entra, the Function App, AKS and the entry by TLS, both databases, the name servers."""
    (policy,) = [
        one["spec"]
        for one in of_kind("azure", "NetworkPolicy")
        if one["metadata"]["name"] == "landbridge-takeover"
    ]
    assert policy["ingress"] == []
    (out,) = policy["egress"]
    assert {(one["protocol"], one["port"]) for one in out["ports"]} == {
        ("TCP", 443),
        ("TCP", 5432),
        ("UDP", 53),
        ("TCP", 53),
    }
