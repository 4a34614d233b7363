"""The workload's scale and pods in the lab's own Kubernetes API; the test plays the kubelet."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lab.processes.waiting import wait_until
from landbridge.adapters.kubernetes import Cluster
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.rollout import PodLook, RolloutLook, describe_pending
from tests.adapters.lab_cluster import LabCluster

STARTED = {"startedAt": datetime(2026, 11, 23, tzinfo=UTC).isoformat()}


def container(name: str, **state: Any) -> dict[str, Any]:
    """Return a container's status."""
    return {
        "name": name,
        "image": "orders",
        "imageID": "",
        "ready": False,
        "restartCount": 0,
        "state": state,
    }


def not_ready(phase: str, *init: dict[str, Any], main: dict[str, Any]) -> dict[str, Any]:
    """Return the status of a pod that is not ready."""
    return {
        "phase": phase,
        "conditions": [{"type": "Ready", "status": "False"}],
        "initContainerStatuses": list(init),
        "containerStatuses": [main],
    }


def test_scale_up_and_again(lab_cluster: LabCluster, cluster: Cluster, namespace: str) -> None:
    """Scaling makes the wish, and making it again changes nothing."""
    lab_cluster.deployment(namespace)

    assert cluster.scale(namespace, "orders", 2).desired == 2

    generation = lab_cluster.apps.read_namespaced_deployment("orders", namespace).metadata
    assert cluster.scale(namespace, "orders", 2).desired == 2
    again = lab_cluster.apps.read_namespaced_deployment("orders", namespace).metadata
    assert again.generation == generation.generation


def test_scale_to_zero(lab_cluster: LabCluster, cluster: Cluster, namespace: str) -> None:
    """A Deployment at zero reads as zero, though the server leaves the number out."""
    lab_cluster.deployment(namespace, replicas=1)

    look = cluster.scale(namespace, "orders", 0)

    assert (look.desired, look.ready) == (0, 0)


def test_no_such_deployment(cluster: Cluster, namespace: str) -> None:
    """A Deployment that does not exist is an error that names it."""
    with pytest.raises(ConfigurationError, match=f"Deployment {namespace}/orders"):
        cluster.rollout(namespace, "orders")
    with pytest.raises(ConfigurationError, match=f"Deployment {namespace}/orders"):
        cluster.scale(namespace, "orders", 1)


def test_pod_held_by_its_init_container(
    lab_cluster: LabCluster, cluster: Cluster, namespace: str
) -> None:
    """A pod that waits for the database says so in the init container's last lines."""
    lab_cluster.deployment(namespace, replicas=1)
    (pod,) = lab_cluster.pods(namespace, 1)
    lab_cluster.bind(pod)
    lines = [f"try {n}: the database is in recovery" for n in range(9)]
    lab_cluster.logs["wait-for-database"] = "\n".join(lines).encode()
    holding = container("wait-for-database", running=STARTED)
    main = container("orders", waiting={"reason": "PodInitializing"})
    lab_cluster.say(pod, **not_ready("Pending", holding, main=main))

    look = cluster.rollout(namespace, "orders")

    waiting = "init container wait-for-database: running"
    expected = PodLook(pod.metadata.name, "Pending", False, waiting, tuple(lines[-5:]))
    assert look.pods == (expected,)
    assert (look.desired, look.ready) == (1, 0)
    assert "the database is in recovery" in describe_pending(look, 1)


def test_pod_whose_container_crashes(
    lab_cluster: LabCluster, cluster: Cluster, namespace: str
) -> None:
    """A crashing container is named with its reason, and its log need not be UTF-8."""
    lab_cluster.deployment(namespace, replicas=1)
    (pod,) = lab_cluster.pods(namespace, 1)
    lab_cluster.bind(pod)
    lab_cluster.logs["orders"] = b"Traceback\nOSError: \xff\n"
    done = container("wait-for-database", terminated={"exitCode": 0, "reason": "Completed"})
    main = container("orders", waiting={"reason": "CrashLoopBackOff"})
    lab_cluster.say(pod, **not_ready("Running", done, main=main))

    (look,) = cluster.rollout(namespace, "orders").pods

    assert look.waiting == "container orders: CrashLoopBackOff"
    assert look.log_lines == ("Traceback", "OSError: \N{REPLACEMENT CHARACTER}")


def test_container_that_was_just_started_again(
    lab_cluster: LabCluster, cluster: Cluster, namespace: str
) -> None:
    """A crashed container that runs again and said nothing yet: what it said before stands."""
    lab_cluster.deployment(namespace, replicas=1)
    (pod,) = lab_cluster.pods(namespace, 1)
    lab_cluster.bind(pod)
    lab_cluster.logs |= {"orders": b"", "orders before": b"OSError: no disk\n"}
    main = container("orders", running=STARTED) | {"restartCount": 1}
    lab_cluster.say(pod, **not_ready("Running", main=main))

    (look,) = cluster.rollout(namespace, "orders").pods

    assert look.log_lines == ("OSError: no disk",)


def test_newest_pods_come_first(lab_cluster: LabCluster, cluster: Cluster, namespace: str) -> None:
    """Once a template was changed, its own pod is named before what is left of the one before."""
    lab_cluster.deployment(namespace, replicas=1)
    (old,) = lab_cluster.pods(namespace, 1)
    wait_until(
        lambda: datetime.now(UTC) > old.metadata.creation_timestamp + timedelta(seconds=1),
        "the next second: the API tells whole ones",
    )
    image = {"name": "orders", "image": "mended"}
    body = {"spec": {"template": {"spec": {"containers": [image]}}}}
    lab_cluster.apps.patch_namespaced_deployment("orders", namespace, body)
    both = lab_cluster.pods(namespace, 2)
    (new,) = {pod.metadata.name for pod in both} - {old.metadata.name}

    look = cluster.rollout(namespace, "orders")

    assert [pod.name for pod in look.pods] == [new, old.metadata.name]


def test_log_that_cannot_be_read(lab_cluster: LabCluster, cluster: Cluster, namespace: str) -> None:
    """A container without a log still gets its pod reported, with the reason in the log's place."""
    lab_cluster.deployment(namespace, replicas=1)
    (pod,) = lab_cluster.pods(namespace, 1)
    lab_cluster.bind(pod)
    lab_cluster.logs.pop("orders", None)
    main = container("orders", waiting={"reason": "ImagePullBackOff"})
    lab_cluster.say(pod, **not_ready("Pending", main=main))

    (look,) = cluster.rollout(namespace, "orders").pods

    assert look.waiting == "container orders: ImagePullBackOff"
    (line,) = look.log_lines
    assert "waiting to start" in line


def test_ready_pod_and_pod_on_its_way_out(
    lab_cluster: LabCluster, cluster: Cluster, namespace: str
) -> None:
    """A ready pod has nothing to explain; one that is being deleted is not in the way."""
    lab_cluster.deployment(namespace, replicas=2)
    leaving, ready = lab_cluster.pods(namespace, 2)
    for pod in (leaving, ready):
        lab_cluster.bind(pod)
    conditions = [{"type": "Ready", "status": "True"}]
    lab_cluster.say(ready, phase="Running", conditions=conditions)
    lab_cluster.core.delete_namespaced_pod(leaving.metadata.name, namespace)

    names = {leaving.metadata.name}
    look = cluster.rollout(namespace, "orders")

    assert names.isdisjoint(pod.name for pod in look.pods)
    assert PodLook(ready.metadata.name, "Running", True) in look.pods


def test_wish_that_the_controller_has_not_seen(
    lab_cluster: LabCluster, cluster: Cluster, namespace: str
) -> None:
    """A wish that no controller has seen yet is not taken for an old rollout that is done."""
    # Nothing looks after a Deployment that is being deleted and waits for a finalizer.
    lab_cluster.deployment(namespace)
    change = {"metadata": {"finalizers": ["landbridge.test/hold"]}}
    lab_cluster.apps.patch_namespaced_deployment("orders", namespace, change)
    lab_cluster.apps.delete_namespaced_deployment("orders", namespace)
    lab_cluster.apps.patch_namespaced_deployment_scale(
        "orders", namespace, {"spec": {"replicas": 3}}
    )

    look = cluster.rollout(namespace, "orders")

    assert look == RolloutLook(desired=3, ready=0, observed=False)
