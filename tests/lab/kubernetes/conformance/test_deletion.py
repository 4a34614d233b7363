"""Deletion: finalizers, preconditions, a pod's grace, owners and dependents, namespaces."""

from functools import wraps
from typing import Any

import pytest
from kubernetes import client

from lab.kubernetes.envtest import RealCluster
from tests.lab.kubernetes.conformance.conftest import Apis, Refused, make_deployment, make_pod
from tests.lab.kubernetes.waiting import wait_for


@pytest.fixture(autouse=True)
def _with_collector(cluster: Any) -> None:
    if isinstance(cluster, RealCluster) and not cluster.has_controllers:
        pytest.skip("without kube-controller-manager nothing collects garbage")


def _owned(name: str, owner: Any, kind: str = "ConfigMap") -> dict[str, Any]:
    reference = {"apiVersion": "v1", "kind": kind, "name": owner.metadata.name}
    reference |= {"uid": owner.metadata.uid, "blockOwnerDeletion": True}
    return {"metadata": {"name": name, "ownerReferences": [reference]}}


def _map(apis: Apis, body: dict[str, Any] | str) -> Any:
    full = {"metadata": {"name": body}} if isinstance(body, str) else body
    return apis.core().create_namespaced_config_map(apis.namespace, full)


def _wait(apis: Apis, condition: Any) -> dict[str, Any]:
    return wait_for(apis.core().list_namespaced_config_map, apis.namespace, condition)


def test_deleted_is_gone(apis: Apis, refused: Refused) -> None:
    """A deletion answers with Success and the object is gone."""
    _map(apis, "one")

    path = f"/api/v1/namespaces/{apis.namespace}/configmaps/one"
    assert apis.request("DELETE", path)["status"] == "Success"
    with refused(404):
        apis.core().read_namespaced_config_map("one", apis.namespace)


def test_deletion_of_absent_is_not_found(apis: Apis, refused: Refused) -> None:
    """What is not there can't be deleted."""
    with refused(404):
        apis.core().delete_namespaced_config_map("one", apis.namespace)


def test_precondition_names_the_object(apis: Apis, refused: Refused) -> None:
    """A deletion of another uid than the object's is refused with 409."""
    _map(apis, "one")
    options = client.V1DeleteOptions(preconditions=client.V1Preconditions(uid="another"))

    with refused(409):
        apis.core().delete_namespaced_config_map("one", apis.namespace, body=options)


def test_finalizer_holds_the_object(apis: Apis, refused: Refused) -> None:
    """An object with a finalizer is marked, and goes when the last finalizer is taken away."""
    _map(apis, {"metadata": {"name": "one", "finalizers": ["lab.test/hold"]}})

    apis.core().delete_namespaced_config_map("one", apis.namespace)

    marked = apis.core().read_namespaced_config_map("one", apis.namespace)
    assert marked.metadata.deletion_timestamp is not None
    apis.core().patch_namespaced_config_map(
        "one", apis.namespace, {"metadata": {"finalizers": None}}
    )
    with refused(404):
        apis.core().read_namespaced_config_map("one", apis.namespace)


def test_dependents_go_after_their_owner(apis: Apis) -> None:
    """In the background, what an owner owns goes after it, at any depth."""
    owner = _map(apis, "owner")
    child = _map(apis, _owned("child", owner))
    _map(apis, _owned("grandchild", child))
    _map(apis, "other")

    apis.core().delete_namespaced_config_map("owner", apis.namespace)

    found = _wait(apis, lambda maps: not {"child", "grandchild"} & set(maps))
    assert "other" in found


def test_second_owner_keeps_a_dependent(apis: Apis) -> None:
    """An object goes only with the last of its owners."""
    owners = [_map(apis, name) for name in ("first", "second")]
    both = _owned("child", owners[0])
    both["metadata"]["ownerReferences"] += _owned("child", owners[1])["metadata"]["ownerReferences"]
    _map(apis, both)
    alone = _owned("alone", owners[0])
    _map(apis, alone)

    apis.core().delete_namespaced_config_map("first", apis.namespace)

    assert "child" in _wait(apis, lambda maps: "alone" not in maps)


def test_orphans_stay(apis: Apis) -> None:
    """Deleted with Orphan, an owner leaves its dependents behind, free of it."""
    owner = _map(apis, "owner")
    _map(apis, _owned("child", owner))

    apis.core().delete_namespaced_config_map("owner", apis.namespace, propagation_policy="Orphan")

    found = _wait(apis, lambda maps: "owner" not in maps)
    assert found["child"].metadata.owner_references is None


def test_foreground_waits_for_dependents(apis: Apis) -> None:
    """Deleted in the foreground, an owner stays, marked, until its dependents are gone."""
    owner = _map(apis, "owner")
    child = _owned("child", owner)
    child["metadata"]["finalizers"] = ["lab.test/hold"]
    _map(apis, child)

    apis.request(
        "DELETE",
        f"/api/v1/namespaces/{apis.namespace}/configmaps/owner",
        {"propagationPolicy": "Foreground"},
    )

    found = _wait(apis, lambda maps: maps["child"].metadata.deletion_timestamp is not None)
    assert found["owner"].metadata.finalizers == ["foregroundDeletion"]
    apis.core().patch_namespaced_config_map(
        "child", apis.namespace, {"metadata": {"finalizers": None}}
    )
    _wait(apis, lambda maps: not {"owner", "child"} & set(maps))


def test_dependent_of_nobody_goes(apis: Apis) -> None:
    """An object whose owner doesn't exist is collected."""
    owner = _map(apis, "owner")
    apis.core().delete_namespaced_config_map("owner", apis.namespace)
    _map(apis, _owned("late", owner))

    _wait(apis, lambda maps: "late" not in maps)


def test_job_leaves_its_pods_unless_told(apis: Apis) -> None:
    """A Job that is deleted without a policy leaves what it owns, as batch/v1 has always done."""
    body = {"metadata": {"name": "work"}, "spec": make_deployment()["spec"]}
    body["spec"] = {"suspend": True, "template": body["spec"]["template"]}
    body["spec"]["template"]["spec"]["restartPolicy"] = "Never"
    job = apis.batch().create_namespaced_job(apis.namespace, body)
    owned = _owned("left", job, "Job")
    owned["metadata"]["ownerReferences"][0]["apiVersion"] = "batch/v1"
    _map(apis, owned)

    apis.request("DELETE", f"/apis/batch/v1/namespaces/{apis.namespace}/jobs/work")

    found = _wait(apis, lambda maps: maps["left"].metadata.owner_references is None)
    assert found["left"].metadata.deletion_timestamp is None


def test_unscheduled_pod_goes_at_once(apis: Apis, refused: Refused) -> None:
    """A pod that runs nowhere needs no time to end."""
    apis.core().create_namespaced_pod(apis.namespace, make_pod())

    apis.core().delete_namespaced_pod("one", apis.namespace)

    with refused(404):
        apis.core().read_namespaced_pod("one", apis.namespace)


@pytest.fixture
def bound(apis: Apis) -> Apis:
    """Make a pod that is bound to a node which nobody runs."""
    apis.core().create_namespaced_pod(apis.namespace, make_pod())
    target = {"apiVersion": "v1", "kind": "Node", "name": "nowhere"}
    binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "one"}, "target": target}
    apis.request("POST", f"/api/v1/namespaces/{apis.namespace}/pods/one/binding", binding)
    return apis


def test_bound_pod_is_scheduled(bound: Apis) -> None:
    """Binding sets the node and the condition PodScheduled."""
    pod = bound.core().read_namespaced_pod("one", bound.namespace)

    assert pod.spec.node_name == "nowhere"
    assert ("PodScheduled", "True") in {(c.type, c.status) for c in pod.status.conditions}


def test_pod_is_bound_once(bound: Apis) -> None:
    """A pod that has a node can't be bound to another."""
    target = {"apiVersion": "v1", "kind": "Node", "name": "elsewhere"}
    binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "one"}, "target": target}

    with pytest.raises(Exception, match="already assigned"):
        bound.request("POST", f"/api/v1/namespaces/{bound.namespace}/pods/one/binding", binding)


def test_bound_pod_has_time_to_end(bound: Apis) -> None:
    """A pod on a node is marked with its grace and stays until its node has ended it."""
    bound.core().delete_namespaced_pod("one", bound.namespace, grace_period_seconds=7)

    pod = bound.core().read_namespaced_pod("one", bound.namespace)
    assert pod.metadata.deletion_timestamp is not None
    assert pod.metadata.deletion_grace_period_seconds == 7


def test_no_grace_ends_a_pod_at_once(bound: Apis, refused: Refused) -> None:
    """Deleted with no grace, a pod is gone, whatever its node does."""
    bound.core().delete_namespaced_pod("one", bound.namespace, grace_period_seconds=0)

    with refused(404):
        bound.core().read_namespaced_pod("one", bound.namespace)


def test_collection_is_deleted_by_selector(apis: Apis) -> None:
    """Deleting a collection takes what the selector selects."""
    for name, labels in (("one", {"app": "orders"}), ("two", {})):
        _map(apis, {"metadata": {"name": name, "labels": labels}})

    apis.core().delete_collection_namespaced_config_map(apis.namespace, label_selector="app=orders")

    assert "two" in _wait(apis, lambda maps: "one" not in maps)


def test_namespace_takes_its_content_along(apis: Apis, refused: Refused) -> None:
    """A namespace that is deleted ends when all that was in it is gone."""
    _map(apis, "one")
    core = apis.core()

    core.delete_namespace(apis.namespace)

    @wraps(core.list_namespace)  # a watch reads there what it brings
    def all_namespaces(_namespace: str, **options: Any) -> Any:
        return core.list_namespace(**options)

    wait_for(all_namespaces, "", lambda found: apis.namespace not in found)
    with refused(404):
        core.read_namespaced_config_map("one", apis.namespace)


def test_ending_namespace_takes_nothing_new(apis: Apis, refused: Refused) -> None:
    """Nothing can be created in a namespace that is being deleted."""
    _map(apis, {"metadata": {"name": "one", "finalizers": ["lab.test/hold"]}})
    apis.core().delete_namespace(apis.namespace)

    with refused(403):
        _map(apis, "two")

    apis.core().patch_namespaced_config_map(
        "one", apis.namespace, {"metadata": {"finalizers": None}}
    )
