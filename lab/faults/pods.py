"""The workload's pods cannot start: no room, no image, or a setting that ends them."""

from typing import Any

from lab.clouds import names
from lab.clouds.cluster_setup import PORT, SiteCluster
from lab.faults.fault import LEGS, Effect, Fault, Scene
from lab.kubernetes.node.scheduling import cpu_millis
from lab.kubernetes.plain import MERGE_PATCH, request
from lab.orders.image import IMAGE

__all__ = ["FAULTS"]

_SITES = ("azure", "aws")
_SETTINGS = f"/api/v1/namespaces/{names.NAMESPACE}/configmaps/orders-settings"
# What a slip of the hand makes of 8080.
_BROKEN_PORT = "8O80"
_ENDED = ("Succeeded", "Failed")


def _cluster(scene: Scene, site: str) -> SiteCluster:
    return scene.clouds.aws_cluster if site == "aws" else scene.clouds.azure_cluster


def _patch(cluster: SiteCluster, path: str, body: dict[str, Any]) -> None:
    request(cluster.connection(), "PATCH", path, body, content_type=MERGE_PATCH)


def _limit_cpu(cluster: SiteCluster, cpu: str) -> None:
    """Let the node have that much CPU to give. A new pod is measured by it from now on."""
    path = f"/api/v1/nodes/{cluster.name}-node/status"
    _patch(cluster, path, {"status": {"allocatable": {"cpu": cpu}}})


def _no_room(scene: Scene, _argument: str) -> None:
    cluster = scene.clouds.azure_cluster
    pods = request(cluster.connection(), "GET", "/api/v1/pods")["items"]
    # What runs has its room; a pool that may not grow has none for more.
    used = sum(cpu_millis(pod) for pod in pods if _takes_room(pod))
    _limit_cpu(cluster, f"{used}m")


def _takes_room(pod: dict[str, Any]) -> bool:
    phase = pod.get("status", {}).get("phase")
    return bool(pod["spec"].get("nodeName")) and phase not in _ENDED


def _room(scene: Scene, _argument: str) -> None:
    cluster = scene.clouds.azure_cluster
    node = request(cluster.connection(), "GET", f"/api/v1/nodes/{cluster.name}-node")
    _limit_cpu(cluster, node["status"]["capacity"]["cpu"])


def _withdraw(scene: Scene, site: str) -> None:
    _cluster(scene, site).registry.withdraw(IMAGE)


def _offer(scene: Scene, site: str) -> None:
    _cluster(scene, site).registry.offer(IMAGE)


def _set_port(cluster: SiteCluster, port: str) -> None:
    _patch(cluster, _SETTINGS, {"data": {"PORT": port}})


def _break(scene: Scene, site: str) -> None:
    _set_port(_cluster(scene, site), _BROKEN_PORT)


def _mend(scene: Scene, site: str) -> None:
    _set_port(_cluster(scene, site), str(PORT))


def _legs(site: str) -> tuple[str, ...]:
    # AWS's pods start in a failback alone; by then what began on the way out is repaired.
    return LEGS if site == "azure" else ("home",)


FAULTS = (
    Fault(
        "aks-quota",
        "AKS has no room for more pods: the quota is used up, and new ones stay Pending",
        Effect.COMPANION,
        _no_room,
        _room,
    ),
    Fault(
        "image-pull",
        "The registry does not have the workload's image any more: pods that start cannot pull it",
        Effect.COMPANION,
        _withdraw,
        _offer,
        arguments=_SITES,
        legs=_legs,
    ),
    Fault(
        "pods-crash-loop",
        "An operator mistyped a setting: pods that start end at once, again and again",
        Effect.COMPANION,
        _break,
        _mend,
        arguments=_SITES,
        legs=_legs,
    ),
)
