"""The standby's routes on the lab's own Kubernetes API."""

from typing import Any

import pytest

from azure_functions import standby
from landbridge.adapters.kubernetes import Cluster
from landbridge.domain.lock import RunLock
from tests.adapters.lab_cluster import LabCluster
from tests.azure_functions.conftest import Call, forget

RUN = {"epoch": 2, "holder": "run-1"}


@pytest.fixture(name="_held")
def _hold(cluster: Cluster) -> None:
    """Let run-1 hold the lock in epoch 2."""
    cluster.write_lock(RunLock("run-1", 2, 120, 1_795_411_800.5), None)


@pytest.fixture(name="_deployed")
def _deploy(lab_cluster: LabCluster, namespace: str) -> None:
    lab_cluster.deployment(namespace)


def desired(lab_cluster: LabCluster, namespace: str) -> int:
    """Return how many pods the cluster is to run."""
    return int(lab_cluster.apps.read_namespaced_deployment("orders", namespace).spec.replicas or 0)


@pytest.mark.usefixtures("_held", "_deployed")
def test_up_again_and_down(call: Call, lab_cluster: LabCluster, namespace: str) -> None:
    """The lock's holder scales up, up again and back to zero."""
    up = call(standby.scale_standby, {"replicas": 3, **RUN})
    again = call(standby.scale_standby, {"replicas": 3, **RUN})
    assert up == again == (200, {"desired": 3, "ready": 0})
    assert desired(lab_cluster, namespace) == 3

    down = call(standby.scale_standby, {"replicas": 0, **RUN})

    assert down == (200, {"desired": 0, "ready": 0})
    assert desired(lab_cluster, namespace) == 0


@pytest.mark.usefixtures("_held", "_deployed")
@pytest.mark.parametrize(
    "run",
    [
        {"epoch": 1, "holder": "run-1"},
        {"epoch": 3, "holder": "run-1"},
        {"epoch": 2, "holder": "run-2"},
    ],
)
def test_not_the_holder(
    call: Call, lab_cluster: LabCluster, namespace: str, run: dict[str, Any]
) -> None:
    """Whoever does not hold the lock in its epoch scales nothing."""
    answered = call(standby.scale_standby, {"replicas": 3, **run})

    assert (answered.status, answered.body["error"]) == (409, "StaleEpochError")
    assert desired(lab_cluster, namespace) == 0


@pytest.mark.usefixtures("_held")
def test_no_deployment(call: Call) -> None:
    """A Deployment that is not there is named, for scaling and for looking."""
    for answered in (
        call(standby.scale_standby, {"replicas": 3, **RUN}),
        call(standby.read_standby),
    ):
        assert (answered.status, answered.body["error"]) == (500, "ConfigurationError")
        assert "/orders" in answered.body["message"]


@pytest.mark.usefixtures("_deployed")
def test_standby_at_rest(call: Call) -> None:
    """At rest the standby wants no pod and has none."""
    answered = call(standby.read_standby)

    assert answered.status == 200
    assert answered.body["desired"] == answered.body["ready"] == 0
    assert answered.body["pods"] == []


@pytest.mark.usefixtures("_held", "_deployed")
def test_pod_in_the_way(call: Call, lab_cluster: LabCluster, namespace: str) -> None:
    """A pod that is not ready is shown with what it waits for and what it said last."""
    call(standby.scale_standby, {"replicas": 1, **RUN})
    (pod,) = lab_cluster.pods(namespace, 1)
    lab_cluster.bind(pod)
    lab_cluster.logs["orders"] = b"no route to the database\n"
    container = {
        "name": "orders",
        "image": "",
        "imageID": "",
        "ready": False,
        "restartCount": 4,
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
    }
    lab_cluster.say(pod, phase="Running", containerStatuses=[container])

    answered = call(standby.read_standby)

    assert answered.status == 200
    assert answered.body["desired"] == 1
    assert answered.body["pods"] == [
        {
            "name": pod.metadata.name,
            "phase": "Running",
            "ready": False,
            "waiting": "container orders: CrashLoopBackOff",
            "log_lines": ["no route to the database"],
        }
    ]


def test_cluster_is_gone(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster that does not answer is a reason to try again."""
    monkeypatch.setenv("LANDBRIDGE_AKS_URL", "http://127.0.0.1:1")
    forget()

    answered = call(standby.read_standby)

    assert (answered.status, answered.body["error"]) == (503, "ClusterUnavailableError")


def test_no_role(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """An identity without a role in the workload's namespace is told so."""
    monkeypatch.setenv("LANDBRIDGE_DEPLOYMENT_NAMESPACE", "default")
    forget()

    answered = call(standby.read_standby)

    assert (answered.status, answered.body["error"]) == (403, "AccessDeniedError")
    assert answered.body["remedy"]
