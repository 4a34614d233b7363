"""A cluster with a node that runs pods, for all tests of nodes and controllers."""

import itertools
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client

from lab.kubernetes.cluster import Cluster, Options
from lab.kubernetes.envtest import RealCluster
from lab.kubernetes.node.images import Image
from tests.lab.kubernetes.waiting import wait_for

IMAGES = {
    "shell:1": Image(("sh", "-c")),
    "web:1": Image((sys.executable, str(Path(__file__).with_name("container.py")))),
    "web:2": Image((sys.executable, str(Path(__file__).with_name("container.py")))),
}
READY = {"httpGet": {"path": "/ready", "port": 8080}, "periodSeconds": 1, "failureThreshold": 1}
_names = itertools.count(1)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Run a cluster in which ten seconds of back-off take a fifth of a second."""
    folder = tmp_path_factory.mktemp("cluster")
    cluster = Cluster("aws", folder, IMAGES, options=Options(time_scale=0.02))
    with cluster:
        yield cluster


@dataclass
class Home:
    """A namespace of a running cluster, and what tests do in it."""

    cluster: Cluster | RealCluster
    namespace: str

    def __post_init__(self) -> None:
        api_client = self.cluster.admin()
        self.core = client.CoreV1Api(api_client)
        self.apps = client.AppsV1Api(api_client)
        self.batch = client.BatchV1Api(api_client)
        self.core.create_namespace({"metadata": {"name": self.namespace}})

    def pod(self, *containers: dict[str, Any], name: str = "one", **spec: Any) -> None:
        """Create a pod that doesn't restart, unless the spec says so."""
        full = {"containers": list(containers), "restartPolicy": "Never"} | spec
        self.core.create_namespaced_pod(self.namespace, {"metadata": {"name": name}, "spec": full})

    def pods(self, condition: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """Wait for the namespace's pods."""
        return wait_for(self.core.list_namespaced_pod, self.namespace, condition)

    def until(self, condition: Callable[[Any], object], name: str = "one") -> Any:
        """Wait for one pod."""
        return self.pods(lambda pods: name in pods and condition(pods[name]))[name]

    def ended(self, name: str = "one") -> str:
        """Wait for a pod to end; gives its phase."""
        done = ("Succeeded", "Failed")
        return str(self.until(lambda pod: pod.status.phase in done, name).status.phase)

    def log(self, name: str = "one", **options: Any) -> str:
        """Read a pod's log."""
        return str(self.core.read_namespaced_pod_log(name, self.namespace, **options))


def shell(script: str, name: str = "main", **more: Any) -> dict[str, Any]:
    """Give a container that runs a shell script."""
    return {"name": name, "image": "shell:1", "args": [script]} | more


def web(**more: Any) -> dict[str, Any]:
    """Give a container that serves HTTP on port 8080."""
    ports = [{"containerPort": 8080, "name": "http"}]
    return {"name": "main", "image": "web:1", "ports": ports, "readinessProbe": READY} | more


def is_ready(pod: Any) -> bool:
    """Tell whether a pod's Ready condition is true."""
    return any(c.type == "Ready" and c.status == "True" for c in pod.status.conditions or [])


@pytest.fixture
def home(running: Cluster) -> Iterator[Home]:
    """Give a namespace for one test; what runs in it ends with the test."""
    home = Home(running, f"home-{next(_names)}")
    yield home
    home.core.delete_namespace(home.namespace)
