"""The Job of a rehearsal: the workload as it is, at the clone, taken for production by nobody."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from landbridge.domain.errors import ConfigurationError
from landbridge.domain.rehearsal import LEASE_SECONDS
from landbridge.domain.rehearsal_job import rehearsal_job

DEPLOY = Path(__file__).resolve().parents[2] / "deploy" / "azure"
Json = dict[str, Any]


def of_kind(file: str, kind: str) -> Json:
    """Return the one object of a kind in a file of manifests."""
    documents = yaml.safe_load_all((DEPLOY / file).read_text())
    (found,) = [one for one in documents if one["kind"] == kind]
    return dict(json.loads(json.dumps(found)))


STORED = of_kind("rehearsal.yaml", "ConfigMap")["data"]
MANIFEST: Json = json.loads(STORED["job.json"])
INSTEAD: list[Json] = json.loads(STORED["workload.json"])
WORKLOAD = of_kind("orders.yaml", "Deployment")


def job(manifest: Json = MANIFEST, workload: Json = WORKLOAD, instead: Any = INSTEAD) -> Json:
    """Return the Job that the deployed manifests lead to."""
    where = {"name": "orders-rehearsal", "namespace": "orders"}
    return rehearsal_job(
        manifest, workload, instead, **where, run="rehearsal-1", seconds=900, watched_at=7.5
    )


def pod(made: Json) -> Json:
    """Return the spec of the Job's pod."""
    return dict(made["spec"]["template"]["spec"])


def container(made: Json, name: str) -> Json:
    """Return one container."""
    (found,) = [one for one in pod(made)["containers"] if one["name"] == name]
    return dict(found)


def test_every_container_of_the_workload_goes_to_the_clone() -> None:
    """Image, secrets and settings are the Deployment's; the database's address is not."""
    made = job()
    for name in ("wait-for-database", "orders"):
        there = container(made, name)
        assert there["image"] == "landbridge/orders:1"
        assert {"secretRef": {"name": "orders-database"}} in there["envFrom"]
        said = {entry["name"]: entry for entry in there["env"]}
        assert said["PGHOST"]["value"] == "localhost"
        port = said["PGPORT"]["valueFrom"]["configMapKeyRef"]
        assert port == {"name": "orders-rehearsal-settings", "key": "CLONE_PORT"}
        assert said["POD_NAME"] == {
            "name": "POD_NAME",
            "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}},
        }
    assert "initContainers" not in pod(made)


def test_an_address_that_a_container_names_itself_is_overridden() -> None:
    """What the Deployment says in env would win over what stands before it."""
    workload = copy.deepcopy(WORKLOAD)
    serving = workload["spec"]["template"]["spec"]["containers"][0]
    serving["env"].append({"name": "PGHOST", "value": "production.example"})
    said = [e["value"] for e in container(job(workload=workload), "orders")["env"] if "value" in e]
    assert said == ["localhost"]


def test_no_service_and_no_deployment_selects_its_pod() -> None:
    """Users are sent by labels, and a ReplicaSet adopts by them."""
    labels = job()["spec"]["template"]["metadata"]["labels"]
    service = of_kind("orders.yaml", "Service")["spec"]["selector"]
    for selector in (service, WORKLOAD["spec"]["selector"]["matchLabels"]):
        assert not selector.items() <= labels.items()


def test_labels_of_the_workload_are_refused() -> None:
    """A manifest whose pod would serve users makes no Job."""
    manifest = copy.deepcopy(MANIFEST)
    manifest["spec"]["template"]["metadata"]["labels"] = {"app": "orders"}
    with pytest.raises(ConfigurationError, match="taken for the workload's own: app=orders"):
        job(manifest)


def test_any_label_of_the_workloads_pods_is_refused() -> None:
    """A Service may select by one that the Deployment itself does not select by."""
    manifest, workload = copy.deepcopy(MANIFEST), copy.deepcopy(WORKLOAD)
    manifest["spec"]["template"]["metadata"]["labels"]["tier"] = "shop"
    workload["spec"]["template"]["metadata"]["labels"]["tier"] = "shop"
    with pytest.raises(ConfigurationError, match="taken for the workload's own: tier=shop"):
        job(manifest, workload)


def test_anything_else_goes_before_it() -> None:
    """The scheduler ends its pod for one of the workload's, and it ends within moments."""
    priority = of_kind("rehearsal.yaml", "PriorityClass")
    assert pod(job())["priorityClassName"] == priority["metadata"]["name"]
    assert (priority["value"] < -10, priority["preemptionPolicy"]) == (True, "Never")
    assert pod(job())["terminationGracePeriodSeconds"] <= 2
    workload = copy.deepcopy(WORKLOAD)
    workload["spec"]["template"]["spec"]["priorityClassName"] = "shop-first"
    assert pod(job(workload=workload))["priorityClassName"] == priority["metadata"]["name"]


def test_the_smoke_checks_wait_as_long_as_the_rehearsal_may_take() -> None:
    """A large copy takes nearly all of it before the workload can be ready."""
    said = {entry["name"]: entry.get("value") for entry in container(job(), "smoke")["env"]}
    assert said["SMOKE_SECONDS"] == "900"


def test_the_network_policy_is_of_its_pod_and_leads_to_its_own_database_alone() -> None:
    """Where policies are enforced it can reach neither AWS nor the gate, and nobody reaches it."""
    policy = of_kind("rehearsal.yaml", "NetworkPolicy")["spec"]
    labels = job()["spec"]["template"]["metadata"]["labels"]
    assert policy["podSelector"]["matchLabels"] == labels
    assert (set(policy["policyTypes"]), policy["ingress"]) == ({"Ingress", "Egress"}, [])
    ways = [
        (way["to"], sorted({port["port"] for port in way["ports"]})) for way in policy["egress"]
    ]
    assert ways == [
        ([{"podSelector": {"matchLabels": {"app": "orders-database"}}}], [5432]),
        (
            [
                {
                    "namespaceSelector": {
                        "matchLabels": {"kubernetes.io/metadata.name": "kube-system"}
                    }
                }
            ],
            [53],
        ),
    ]


def test_kubernetes_ends_it_where_everybody_has_gone() -> None:
    """It has a lease's time, and what has ended is removed: no command need live for that."""
    spec = job()["spec"]
    assert spec["activeDeadlineSeconds"] == LEASE_SECONDS
    assert spec["ttlSecondsAfterFinished"] == 60


def test_nothing_of_it_outlives_its_pod() -> None:
    """Its only disk is the pod's own; the claim of the real database is not among its volumes."""
    volumes = {one["name"]: set(one) - {"name"} for one in pod(job())["volumes"]}
    assert volumes == {"clone": {"emptyDir"}, "host": {"secret"}, "authority": {"configMap"}}


def test_its_pod_has_no_power_over_the_cluster() -> None:
    """Neither a token nor the workload's service account; each container runs as its own user."""
    workload = copy.deepcopy(WORKLOAD)
    workload["spec"]["template"]["spec"]["serviceAccountName"] = "orders"
    made = job(workload=workload)
    assert pod(made)["automountServiceAccountToken"] is False
    assert "serviceAccountName" not in pod(made)
    assert container(made, "orders")["securityContext"]["runAsUser"] == 10001
    assert "runAsUser" not in container(made, "clone")["securityContext"]
    assert pod(made)["securityContext"]["runAsUser"] == 10002


def test_its_containers_and_the_job_know_the_run() -> None:
    """So that another run's Job is told apart."""
    made = job()
    assert made["metadata"]["annotations"] == {
        "landbridge/run": "rehearsal-1",
        "landbridge/watched-at": "7.500",
    }
    for name in ("clone", "smoke"):
        assert {"name": "RUN", "value": "rehearsal-1"} in container(made, name)["env"]


def test_neither_part_is_changed_by_making_a_job() -> None:
    """The same manifests make the same Job again."""
    before = copy.deepcopy((MANIFEST, WORKLOAD, INSTEAD))
    assert job() == job()
    assert before == (MANIFEST, WORKLOAD, INSTEAD)


@pytest.mark.parametrize(
    ("manifest", "instead", "why"),
    [
        ({}, INSTEAD, "metadata"),
        ({**MANIFEST, "spec": {}}, INSTEAD, "template"),
        ([], INSTEAD, "orders-rehearsal"),
        (MANIFEST, [], "workload.json names nothing"),
        (MANIFEST, [{"value": "x"}], "workload.json names nothing"),
        (MANIFEST, "PGHOST", "orders-rehearsal"),
    ],
)
def test_parts_that_do_not_fit_are_named(manifest: Any, instead: Any, why: str) -> None:
    """The operator is told what to mend, and no Job is made."""
    with pytest.raises(ConfigurationError, match=why) as caught:
        job(manifest, instead=instead)
    assert caught.value.remedy


@pytest.mark.parametrize("field", ["containers", "volumes"])
def test_a_name_that_both_have_is_refused(field: str) -> None:
    """Kubernetes would refuse the pod, in words that nobody finds."""
    workload = copy.deepcopy(WORKLOAD)
    workload["spec"]["template"]["spec"][field][0]["name"] = "clone"
    with pytest.raises(ConfigurationError, match=f"a {field[:-1]} called clone"):
        job(workload=workload)
