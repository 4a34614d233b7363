"""The manifests hold together and ask for no more than they need."""

from pathlib import Path
from typing import Any

import pytest
import yaml

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
SITES = ("aws", "azure")
EVERYWHERE = "*"
Rule = tuple[str, str, tuple[str, ...], tuple[str, ...]]


def objects(site: str) -> list[dict[str, Any]]:
    """Return all objects of one site's manifests."""
    files = sorted((DEPLOY / site).glob("*.yaml"))
    return [document for file in files for document in yaml.safe_load_all(file.read_text())]


def only(site: str, kind: str) -> dict[str, Any]:
    """Return the workload's one object of a kind."""
    (found,) = (
        item
        for item in objects(site)
        if item["kind"] == kind and item["metadata"]["name"] == "orders"
    )
    return found


def pod(site: str) -> dict[str, Any]:
    """Return the pod of a site's Deployment."""
    return dict(only(site, "Deployment")["spec"]["template"])


def containers(site: str) -> list[dict[str, Any]]:
    """Return the pod's containers, the init container first."""
    spec = pod(site)["spec"]
    return [*spec["initContainers"], *spec["containers"]]


@pytest.mark.parametrize("site", SITES)
def test_selectors_find_the_pods(site: str) -> None:
    """Deployment and Service select the labels that the pods have, on the port that they open."""
    labels = pod(site)["metadata"]["labels"]
    assert only(site, "Deployment")["spec"]["selector"]["matchLabels"].items() <= labels.items()
    service = only(site, "Service")["spec"]
    assert service["selector"].items() <= labels.items()
    (serving,) = pod(site)["spec"]["containers"]
    (port,) = serving["ports"]
    assert [entry["targetPort"] for entry in service["ports"]] == [port["containerPort"]]
    assert serving["readinessProbe"]["httpGet"]["port"] == port["containerPort"]


def test_a_standby_site_has_no_pods() -> None:
    """AWS serves from the start; Azure's Deployment is there, at zero."""
    assert only("aws", "Deployment")["spec"]["replicas"] > 0
    assert only("azure", "Deployment")["spec"]["replicas"] == 0


def test_both_sites_run_the_same_workload() -> None:
    """Apart from the number of pods the two Deployments are one."""
    first, second = (only(site, "Deployment") for site in SITES)
    for deployment in (first, second):
        del deployment["spec"]["replicas"]
    assert first == second


@pytest.mark.parametrize("site", SITES)
def test_no_pod_serves_before_the_database_is_writable(site: str) -> None:
    """An init container holds the pod, and readiness is asked each second of /ready."""
    spec = pod(site)["spec"]
    assert [container["name"] for container in spec["initContainers"]] == ["wait-for-database"]
    (serving,) = spec["containers"]
    probe = serving["readinessProbe"]
    assert probe["httpGet"]["path"] == "/ready"
    assert (probe["periodSeconds"], probe["failureThreshold"] <= 2) == (1, True)
    # A liveness probe would restart pods for their database's sake.
    assert "livenessProbe" not in serving


@pytest.mark.parametrize("site", SITES)
def test_containers_are_locked_down(site: str) -> None:
    """No root, no privileges, a read-only file system, bounded memory, no service token."""
    spec = pod(site)["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    for container in containers(site):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"cpu", "memory"} <= set(container["resources"]["requests"])
        assert "memory" in container["resources"]["limits"]


@pytest.mark.parametrize("site", SITES)
def test_pods_are_told_where_they_are(site: str) -> None:
    """Settings and secret come from outside, the address from the pod, the authority as a file."""
    volumes = {volume["name"] for volume in pod(site)["spec"]["volumes"]}
    for container in containers(site):
        assert container["image"] == "landbridge/orders:1"
        sources = [next(iter(source.values()))["name"] for source in container["envFrom"]]
        assert sources == ["orders-settings", "orders-database"]
        fields = {v["name"]: v["valueFrom"]["fieldRef"]["fieldPath"] for v in container["env"]}
        assert fields == {"POD_NAME": "metadata.name", "HOST": "status.podIP"}
        assert {mount["name"] for mount in container["volumeMounts"]} == volumes


@pytest.mark.parametrize("site", SITES)
def test_nothing_secret_is_in_the_manifests(site: str) -> None:
    """Secrets are the operator's to create; none is checked in."""
    assert "Secret" not in {item["kind"] for item in objects(site)}


@pytest.mark.parametrize("site", SITES)
def test_namespaces_come_before_what_is_in_them(site: str) -> None:
    """Every namespace that is used is one that the site's manifests make."""
    made = {item["metadata"]["name"] for item in objects(site) if item["kind"] == "Namespace"}
    used = {item["metadata"].get("namespace") for item in objects(site)} - {None}
    assert used <= made | {"kube-system"}, "a cluster has that one from the start"


def rights(site: str, user: str) -> dict[str, set[Rule]]:
    """Return a user's rules by namespace: (group, resource, names, verbs)."""
    items = objects(site)
    roles = {
        (item["metadata"].get("namespace", EVERYWHERE), item["metadata"]["name"]): item["rules"]
        for item in items
        if item["kind"] in {"Role", "ClusterRole"}
    }
    found: dict[str, set[Rule]] = {}
    for item in items:
        if not item["kind"].endswith("RoleBinding") or item["subjects"][0]["name"] != user:
            continue
        namespace = item["metadata"].get("namespace", EVERYWHERE)
        for rule in roles[namespace, item["roleRef"]["name"]]:
            names, verbs = tuple(rule.get("resourceNames", ())), tuple(rule["verbs"])
            for group in rule["apiGroups"]:
                for resource in rule["resources"]:
                    found.setdefault(namespace, set()).add((group, resource, names, verbs))
    return found


# What a rebuild needs of its cluster: the database's scale, the Job and what it is made from.
REBUILD = {
    ("apps", "statefulsets", ("orders-database",), ("get",)),
    ("apps", "statefulsets/scale", ("orders-database",), ("patch",)),
    ("", "configmaps", ("orders-rebuild",), ("get",)),
    ("batch", "jobs", (), ("create",)),
    ("batch", "jobs", ("orders-rebuild",), ("get", "delete")),
    ("", "pods", (), ("list",)),
    ("", "pods/log", (), ("get",)),
}


# What the preflight reads beyond that: the workload's own objects by name, and the nodes' room.
PARITY = {
    ("", "secrets", ("orders-database",), ("get",)),
    ("", "configmaps", ("orders-authority", "orders-settings"), ("get",)),
    ("", "resourcequotas", (), ("list",)),
}
CAPACITY = {("", "nodes", (), ("list",)), ("", "pods", (), ("list",))}


# What a rehearsal needs beyond those: what its Job is made from, and that Job alone.
REHEARSAL = {
    ("", "configmaps", ("orders-rehearsal",), ("get",)),
    ("batch", "jobs", ("orders-rehearsal",), ("get", "patch", "delete")),
    ("", "persistentvolumeclaims", (), ("list",)),
}


# What starting and showing a takeover needs: runs' names are not known before. And the timer.
TAKEOVER = {
    ("batch", "jobs", (), ("create", "get", "list")),
    ("", "configmaps", (), ("get", "list")),
    ("", "configmaps", ("landbridge-timer",), ("patch",)),
}


def test_a_takeovers_pod_may_keep_its_records_and_see_the_lock() -> None:
    """The gate, the lock and the pods it changes by way of the Function App."""
    assert rights("azure", "landbridge-takeover") == {
        "landbridge": {
            ("", "configmaps", (), ("create", "get", "list", "patch", "delete")),
            ("coordination.k8s.io", "leases", ("landbridge-run",), ("get",)),
        }
    }


def test_the_function_app_may_do_its_work_and_nothing_else() -> None:
    """Gate, lock, one Deployment's scale, pods and logs, rebuild, what the preflight reads: all."""
    assert rights("azure", "landbridge-function") == {
        "landbridge": {
            ("", "configmaps", (), ("create",)),
            ("", "configmaps", ("landbridge-gate",), ("get", "update")),
            ("", "configmaps", ("landbridge-look",), ("patch",)),
            *TAKEOVER,
            ("coordination.k8s.io", "leases", (), ("create",)),
            ("coordination.k8s.io", "leases", ("landbridge-run",), ("get", "update")),
        },
        "orders": {
            ("apps", "deployments", ("orders",), ("get",)),
            ("apps", "deployments/scale", ("orders",), ("patch",)),
            *REBUILD,
            *PARITY,
            *REHEARSAL,
        },
        EVERYWHERE: CAPACITY,
    }


def test_the_orchestrator_may_scale_one_deployment_and_rebuild() -> None:
    """The fence in EKS needs one Deployment's scale; the way home also its pods and the rebuild."""
    assert rights("aws", "landbridge-orchestrator") == {
        "orders": {
            ("apps", "deployments", ("orders",), ("get",)),
            ("apps", "deployments/scale", ("orders",), ("patch",)),
            *REBUILD,
            *PARITY,
        },
        EVERYWHERE: CAPACITY,
    }


@pytest.mark.parametrize("site", SITES)
def test_the_preflight_may_read_what_the_pods_need(site: str) -> None:
    """Each Secret and ConfigMap that the workload's pods name is one that its role names."""
    named = {
        source["name"]
        for container in containers(site)
        for entry in container["envFrom"]
        for source in entry.values()
    }
    named |= {volume["configMap"]["name"] for volume in pod(site)["spec"]["volumes"]}
    assert named == {name for _, _, names, _ in PARITY for name in names}
