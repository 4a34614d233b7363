"""A cluster of the lab for tests: its real API server and controllers, and no node.

The test plays the kubelet: it says how pods are, and what a container has logged.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml
from kubernetes import client

from lab.processes.children import python
from lab.processes.folder import LabFolder
from lab.processes.waiting import wait_for_file, wait_until
from tests.adapters.serving import running

FUNCTION_TOKEN = "function-token"
_TOKENS = {
    "admin-token": {"user": "admin", "groups": ["system:masters"]},
    FUNCTION_TOKEN: {"user": "landbridge-function"},
    "nobody-token": {"user": "nobody"},
}
_AZURE = Path(__file__).parents[2] / "deploy" / "azure"
ROLES = (_AZURE / "gate.yaml", _AZURE / "rehearsal.yaml", _AZURE / "takeover.yaml")
NOT_ITS_OWN = "landbridge-takeover"  # the Job's role, not the Function App's


def deployed_rules() -> list[Any]:
    """Return what the deployed roles let the Function App do in AKS, and no more."""
    documents = [one for file in ROLES for one in yaml.safe_load_all(file.read_text())]
    roles = [one for one in documents if one["kind"] == "Role"]
    return [
        rule for one in roles if one["metadata"]["name"] != NOT_ITS_OWN for rule in one["rules"]
    ]


class LabCluster:
    """The cluster as its administrator and its kubelet."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.logs: dict[str, bytes] = {}  # container -> its log
        configuration = client.Configuration(host=url)
        configuration.api_key = {"authorization": "Bearer admin-token"}
        api = client.ApiClient(configuration)
        self.core = client.CoreV1Api(api)
        self.apps = client.AppsV1Api(api)
        self.coordination = client.CoordinationV1Api(api)
        self._rbac = client.RbacAuthorizationV1Api(api)

    def namespace(self, name: str) -> str:
        """Create a namespace in which the Function App's user may do its work."""
        self.core.create_namespace({"metadata": {"name": name}})
        role = {"metadata": {"name": "function"}, "rules": deployed_rules()}
        self._rbac.create_namespaced_role(name, role)
        binding = {
            "metadata": {"name": "function"},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "Role",
                "name": "function",
            },
            "subjects": [
                {
                    "kind": "User",
                    "name": "landbridge-function",
                    "apiGroup": "rbac.authorization.k8s.io",
                }
            ],
        }
        self._rbac.create_namespaced_role_binding(name, binding)
        return name

    def allow(self, namespace: str, rule: dict[str, Any]) -> None:
        """Give the Function App's user one more rule in the namespace."""
        body = {"rules": [*deployed_rules(), rule]}
        self._rbac.patch_namespaced_role("function", namespace, body)

    def deployment(self, namespace: str, replicas: int = 0) -> None:
        """Create the workload's Deployment."""
        container = {"name": "orders", "image": "orders"}
        spec = {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "orders"}},
            "template": {
                "metadata": {"labels": {"app": "orders"}},
                "spec": {
                    "containers": [container],
                    "initContainers": [{"name": "wait-for-database", "image": "orders"}],
                },
            },
        }
        self.apps.create_namespaced_deployment(
            namespace, {"metadata": {"name": "orders"}, "spec": spec}
        )

    def pods(self, namespace: str, count: int) -> list[Any]:
        """Return the namespace's pods once there are ``count``, by name."""

        def found() -> list[Any]:
            return list(self.core.list_namespaced_pod(namespace).items)

        wait_until(lambda: len(found()) == count, f"{count} pods")
        return sorted(found(), key=lambda pod: str(pod.metadata.name))

    def bind(self, pod: Any) -> None:
        """Put the pod on the one node."""
        binding = {
            "metadata": {"name": pod.metadata.name},
            "target": {"apiVersion": "v1", "kind": "Node", "name": "node"},
        }
        self.core.create_namespaced_pod_binding(
            pod.metadata.name, pod.metadata.namespace, binding, _preload_content=False
        )

    def say(self, pod: Any, **status: Any) -> None:
        """Write a pod's status, as its kubelet does."""
        self.core.patch_namespaced_pod_status(
            pod.metadata.name, pod.metadata.namespace, {"status": status}
        )


@contextmanager
def running_cluster() -> Iterator[LabCluster]:
    """Run a cluster with a node that only gives logs."""
    with LabFolder() as lab, _log_node() as (port, logs):
        tokens, token, port_file = (lab.path / name for name in ("tokens", "token", "port"))
        tokens.write_text(json.dumps(_TOKENS))
        token.write_text("admin-token")
        child = lab.spawn(
            "kubernetes",
            python(
                "-m",
                "lab.kubernetes.server",
                "--name=azure",
                "--port=0",
                f"--tokens={tokens}",
                f"--controllers={token}",
                f"--port-file={port_file}",
            ),
        )
        wait_for_file(port_file, child=child)
        cluster = LabCluster(f"http://127.0.0.1:{port_file.read_text()}")
        cluster.logs = logs
        cluster.core.create_node({"metadata": {"name": "node"}})
        addresses = [{"type": "InternalIP", "address": "127.0.0.1"}]
        endpoints = {"kubeletEndpoint": {"Port": port}}
        status = {"addresses": addresses, "daemonEndpoints": endpoints}
        cluster.core.patch_node_status("node", {"status": status})
        yield cluster


@contextmanager
def _log_node() -> Iterator[tuple[int, dict[str, bytes]]]:
    logs: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            container = path.rpartition("/")[2]
            previous = "previous=true" in query.lower()
            log = logs.get(f"{container} before" if previous else container)
            text = b"container is waiting to start" if log is None else log
            self.send_response(400 if log is None else 200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with running(server):
        yield server.server_port, logs
