"""What goes wrong in the clusters: each is there inside its block, and gone after it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from kubernetes import client

from lab.clouds import names
from lab.clouds.clouds import Clouds
from landbridge.adapters.kubernetes import Cluster
from landbridge.domain.gate import Gate, GateState
from landbridge.domain.lock import RunLock

__all__ = [
    "config_key_lost",
    "gate_engaged",
    "image_of_another_version",
    "lock_taken",
    "manifests_deleted",
    "node_cordoned",
    "rights_lost",
    "secret_key_lost",
    "takeover_key_lost",
]

_OWN = ("resourceVersion", "uid", "creationTimestamp", "managedFields")


def _api(clouds: Clouds, site: str) -> client.ApiClient:
    return {"aws": clouds.aws_cluster, "azure": clouds.azure_cluster}[site].admin()


def _stored(found: Any) -> dict[str, Any]:
    """Return an object as it can be created anew."""
    body: dict[str, Any] = client.ApiClient().sanitize_for_serialization(found)
    for name in _OWN:
        body["metadata"].pop(name, None)
    return body


@contextmanager
def image_of_another_version(clouds: Clouds) -> Iterator[None]:
    """Deploy another version to Azure alone."""
    apps = client.AppsV1Api(_api(clouds, "azure"))

    def deploy(image: str) -> None:
        pods = {"spec": {"containers": [{"name": "orders", "image": image}]}}
        body = {"spec": {"template": pods}}
        apps.patch_namespaced_deployment(names.DEPLOYMENT, names.NAMESPACE, body)

    deploy("landbridge/orders:0")
    try:
        yield
    finally:
        deploy("landbridge/orders:1")


@contextmanager
def secret_key_lost(clouds: Clouds) -> Iterator[None]:
    """Lose the password from Azure's Secret."""
    core = client.CoreV1Api(_api(clouds, "azure"))
    known = core.read_namespaced_secret("orders-database", names.NAMESPACE).data["PGPASSWORD"]
    yield from _without_key(core.patch_namespaced_secret, "orders-database", "PGPASSWORD", known)


@contextmanager
def config_key_lost(clouds: Clouds) -> Iterator[None]:
    """Lose a key from Azure's ConfigMap."""
    core = client.CoreV1Api(_api(clouds, "azure"))
    known = core.read_namespaced_config_map("orders-settings", names.NAMESPACE).data["PGPORT"]
    yield from _without_key(core.patch_namespaced_config_map, "orders-settings", "PGPORT", known)


@contextmanager
def takeover_key_lost(clouds: Clouds) -> Iterator[None]:
    """Lose the takeover's identity from its settings."""
    core = client.CoreV1Api(_api(clouds, "azure"))
    name, key, namespace = "landbridge-takeover-settings", "AZURE_CLIENT_ID", names.GATE_NAMESPACE
    known = core.read_namespaced_config_map(name, namespace).data[key]
    yield from _without_key(core.patch_namespaced_config_map, name, key, known, namespace)


def _without_key(
    patch: Callable[..., Any], name: str, key: str, value: str, namespace: str = names.NAMESPACE
) -> Iterator[None]:
    patch(name, namespace, {"data": {key: None}})
    try:
        yield
    finally:
        patch(name, namespace, {"data": {key: value}})


@contextmanager
def node_cordoned(clouds: Clouds) -> Iterator[None]:
    """Let Azure's node take no more pods."""
    core = client.CoreV1Api(_api(clouds, "azure"))
    core.patch_node("azure-node", {"spec": {"unschedulable": True}})
    try:
        yield
    finally:
        core.patch_node("azure-node", {"spec": {"unschedulable": None}})


def rights_lost(
    site: str, role: str, resource: str, verb: str
) -> Callable[[Clouds], contextmanager]:  # type: ignore[valid-type]
    """Return the fault that takes a verb on a resource out of a role."""

    @contextmanager
    def lost(clouds: Clouds) -> Iterator[None]:
        rbac = client.RbacAuthorizationV1Api(_api(clouds, site))
        (found,) = [
            one for one in rbac.list_role_for_all_namespaces().items if one.metadata.name == role
        ]
        namespace = found.metadata.namespace
        whole = _stored(found)["rules"]
        less = [
            {**rule, "verbs": [one for one in rule["verbs"] if one != verb] or ["none"]}
            if resource in rule["resources"]
            else rule
            for rule in whole
        ]
        rbac.patch_namespaced_role(role, namespace, {"rules": less})
        try:
            yield
        finally:
            rbac.patch_namespaced_role(role, namespace, {"rules": whole})

    return lost


@contextmanager
def manifests_deleted(clouds: Clouds) -> Iterator[None]:
    """Delete the rebuild Job's manifest on both sites."""
    apis = [client.CoreV1Api(_api(clouds, site)) for site in ("aws", "azure")]
    kept = [api.read_namespaced_config_map("orders-rebuild", names.NAMESPACE) for api in apis]
    for api in apis:
        api.delete_namespaced_config_map("orders-rebuild", names.NAMESPACE)
    try:
        yield
    finally:
        for api, one in zip(apis, kept, strict=True):
            api.create_namespaced_config_map(names.NAMESPACE, _stored(one))


def _gate_keeper(clouds: Clouds) -> Cluster:
    cluster = clouds.azure_cluster
    return Cluster(cluster.url, lambda: cluster.token(names.FUNCTION_USER), cluster.ca_base64)


@contextmanager
def lock_taken(clouds: Clouds) -> Iterator[None]:
    """Let a run hold the run lock."""
    keeper = _gate_keeper(clouds)
    keeper.write_lock(RunLock("failover-gameday-7", 2, 600, time.time()), None)
    try:
        yield
    finally:
        _, version = keeper.read_lock() or (None, None)
        keeper.write_lock(RunLock("", 2, 600, time.time()), version)


@contextmanager
def gate_engaged(clouds: Clouds) -> Iterator[None]:
    """Leave the gate engaged, as a run that died does."""
    gate = Gate(GateState.ENGAGED, "none", 2, "failover-gameday-7", "2026-01-01T00:00:00+00:00")
    _gate_keeper(clouds).write_gate(gate, None)
    core = client.CoreV1Api(_api(clouds, "azure"))
    try:
        yield
    finally:
        core.delete_namespaced_config_map("landbridge-gate", names.GATE_NAMESPACE)
