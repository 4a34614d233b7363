"""The cluster as the lab uses it: started, applied to, killed, stopped."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from kubernetes import client

from lab.kubernetes.cluster import Cluster, Options, User
from lab.kubernetes.endpoints import PodEndpoints
from lab.kubernetes.node.images import Image
from lab.kubernetes.plain import RefusedError
from lab.processes.waiting import wait_until
from tests.lab.kubernetes.conftest import IMAGES, Home, is_ready, shell, web
from tests.lab.kubernetes.waiting import wait_for

MANIFESTS = """
apiVersion: v1
kind: Namespace
metadata: {name: orders}
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: settings, namespace: orders}
  data: {MODE: sync}
"""


def _marked(marker: str) -> set[int]:
    """Give the processes that carry a lab's marker."""
    found = set()
    for process in psutil.process_iter():
        try:
            if process.environ().get("LANDBRIDGE_LAB") == marker:
                found.add(process.pid)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Cluster]:
    """Run a cluster for one test, with a user and a marker."""
    users = (User("landbridge", ("operators",)), User("given", token="chosen"))
    marker = f"lab-{os.getpid()}-{tmp_path.name}"
    options = Options(time_scale=0.02)
    with Cluster("azure", tmp_path / "azure", IMAGES, users, options, marker) as cluster:
        yield cluster


def test_apply_creates_then_patches(own: Cluster) -> None:
    """Applied twice, manifests create what is missing and merge into what is there."""
    own.apply(MANIFESTS)
    core = client.CoreV1Api(own.admin())
    uid = core.read_namespaced_config_map("settings", "orders").metadata.uid

    own.apply(MANIFESTS.replace("sync", "async"))

    changed = core.read_namespaced_config_map("settings", "orders")
    assert changed.data == {"MODE": "async"}
    assert changed.metadata.uid == uid


def test_apply_takes_objects_too(own: Cluster) -> None:
    """Manifests may be given as objects."""
    own.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "orders"}}])

    assert client.CoreV1Api(own.admin()).read_namespace("orders").status.phase == "Active"


def test_apply_tells_what_was_refused(own: Cluster) -> None:
    """A manifest that the server refuses is an error with the server's words."""
    with pytest.raises(RefusedError, match='namespaces "nowhere" not found'):
        own.apply(
            [
                {
                    "apiVersion": "v1",
                    "kind": "ConfigMap",
                    "metadata": {"name": "one", "namespace": "nowhere"},
                }
            ]
        )


def test_users_have_their_tokens(own: Cluster) -> None:
    """A user's token is made, or is the one that was given; it means the user and the groups."""
    assert own.token("given") == "chosen"

    api = client.AuthenticationV1Api(own.connection("landbridge").api_client())
    info = api.create_self_subject_review({}).status.user_info

    assert info.username == "landbridge"
    assert info.groups == ["operators", "system:authenticated"]


def test_pods_carry_the_marker(own: Cluster) -> None:
    """Every process of the cluster, its pods' included, is found by the lab's marker."""
    home = Home(own, "home")
    home.pod(shell('printf "%s" "$LANDBRIDGE_LAB"'))
    home.ended()

    assert home.log() == own.marker
    assert len(_marked(own.marker)) >= 2


def test_stopped_cluster_leaves_no_process(own: Cluster) -> None:
    """Stopping ends the server, the node, the guard and all pods, their children too."""
    home = Home(own, "home")
    home.pod(shell("sleep 300 & sleep 300"))
    home.until(lambda pod: pod.status.phase == "Running")

    own.stop()

    assert not _marked(own.marker)


def test_killed_pods_are_gone_but_shown(own: Cluster) -> None:
    """After `kill_pods` no pod's process is left, while the API still shows pods as ready."""
    home = Home(own, "home")
    none = _marked(own.marker)
    home.pod(web())
    home.pod(shell("sleep 300 & sleep 300"), name="two")
    home.pods(lambda pods: is_ready(pods["one"]) and pods["two"].status.phase == "Running")
    wait_until(lambda: len(_marked(own.marker) - none) >= 4, "processes of the pods")
    before = _marked(own.marker)

    own.kill_pods()

    assert len(before - _marked(own.marker)) >= 4
    assert is_ready(home.core.read_namespaced_pod("one", "home"))


def test_pods_run_again_with_their_node(own: Cluster) -> None:
    """A node that comes back starts its pods again, and counts it as a restart."""
    home = Home(own, "home")
    home.pod(web(), restartPolicy="Always")
    before = home.until(is_ready).status.pod_ip
    own.kill_pods()

    own.start_node()

    pod = home.until(lambda pod: is_ready(pod) and pod.status.container_statuses[0].restart_count)
    assert pod.status.container_statuses[0].restart_count == 1
    assert before


def test_addresses_are_those_of_ready_pods(own: Cluster, tmp_path: Path) -> None:
    """The lab's load balancer sees a pod when it is ready, and no more when it isn't."""
    home = Home(own, "home")
    told = threading.Semaphore(0)
    endpoints = PodEndpoints(own.connection(), "home", {"app": "orders"}, told.release)
    assert endpoints.addresses() == []
    body = {
        "metadata": {"name": "one", "labels": {"app": "orders"}},
        "spec": {"containers": [web(env=[{"name": "CONTROL", "value": str(tmp_path)}])]},
    }
    told.acquire()

    home.core.create_namespaced_pod("home", body)
    assert told.acquire(timeout=30)
    pod = home.core.read_namespaced_pod("one", "home")
    assert endpoints.addresses() == [(pod.status.pod_ip, 8080)]
    assert own.pod_addresses("home", {"app": "orders"}) == endpoints.addresses()

    (tmp_path / "ready").touch()
    assert told.acquire(timeout=30)
    assert endpoints.addresses() == []
    endpoints.close()


def test_addresses_outlive_the_api(own: Cluster) -> None:
    """While the API is away, the last known addresses stand."""
    home = Home(own, "home")
    body = {
        "metadata": {"name": "one", "labels": {"app": "orders"}},
        "spec": {"containers": [web()]},
    }
    home.core.create_namespaced_pod("home", body)
    home.until(is_ready)
    endpoints = PodEndpoints(own.connection(), "home", {"app": "orders"})
    before = endpoints.addresses()

    own.stop()

    assert endpoints.addresses() == before != []
    endpoints.close()


def test_pods_take_their_time_to_start(tmp_path: Path) -> None:
    """With a start delay, a pod is bound at once and then waits in ContainerCreating.

    One of an image that is not slow runs meanwhile.
    """
    options = Options(pod_start_seconds=600.0)
    images = {**IMAGES, "own:1": Image(("sh", "-c"), slow=False)}
    with Cluster("aws", tmp_path, images, options=options) as slow:
        home = Home(slow, "home")
        home.pod(shell("true"))
        home.pod(shell("true", image="own:1"), name="quick")
        home.until(lambda pod: pod.status.phase == "Succeeded", "quick")

        def creates(pod: Any) -> bool:
            statuses = pod.status.container_statuses or []
            return any(s.state.waiting.reason == "ContainerCreating" for s in statuses)

        pod = home.until(creates)

        assert pod.spec.node_name == "aws-node"
        assert pod.status.phase == "Pending"


def test_node_is_listed(own: Cluster) -> None:
    """The node is an object of the cluster, Ready."""
    home = Home(own, "home")
    home.pod(shell("true"))
    home.ended()

    node = client.CoreV1Api(own.admin()).read_node("azure-node")

    assert [(c.type, c.status) for c in node.status.conditions] == [("Ready", "True")]


def test_warnings_are_events(own: Cluster) -> None:
    """What goes wrong with a pod can be read as events about it."""
    home = Home(own, "home")
    home.pod({"name": "main", "image": "ghost:1"})

    events = wait_for(home.core.list_namespaced_event, "home", lambda found: found).values()

    told = {(event.involved_object.name, event.reason, event.type) for event in events}
    assert told == {("one", "Failed", "Warning")}
