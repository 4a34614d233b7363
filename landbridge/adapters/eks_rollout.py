"""The workload's rollout in EKS, as the failback waits for it.

Source: Kubernetes API reference, "Deployment", "Pod"; "Pod conditions".
"""

import json
from typing import Any
from urllib.parse import urlencode

from landbridge.adapters.eks import EksApi
from landbridge.domain.errors import ClusterUnavailableError, ConfigurationError
from landbridge.domain.rollout import PodLook, RolloutLook
from landbridge.domain.settings import Deployment

__all__ = ["eks_rollout"]

_OK, _NOT_FOUND = 200, 404
_LOG_LINES = 5


def eks_rollout(api: EksApi, deployment: Deployment) -> RolloutLook:
    """Return the Deployment with its pods; those not ready with what they wait for and said."""
    where = f"/apis/apps/v1/namespaces/{deployment.namespace}/deployments/{deployment.name}"
    found = _get(api, where)
    labels = found["spec"]["selector"]["matchLabels"]
    query = urlencode({"labelSelector": ",".join(f"{k}={v}" for k, v in labels.items())})
    pods = _get(api, f"/api/v1/namespaces/{deployment.namespace}/pods?{query}")["items"]
    alive = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
    status = found.get("status", {})
    return RolloutLook(
        desired=int(found["spec"].get("replicas") or 0),
        ready=int(status.get("readyReplicas") or 0),
        observed=status.get("observedGeneration", 0) >= found["metadata"]["generation"],
        pods=tuple(_pod(api, pod) for pod in alive),
    )


def _pod(api: EksApi, pod: dict[str, Any]) -> PodLook:
    name, status = pod["metadata"]["name"], pod.get("status", {})
    conditions = {one["type"]: one["status"] for one in status.get("conditions") or []}
    if conditions.get("Ready") == "True":
        return PodLook(name, status.get("phase", "Unknown"), ready=True)
    containers = [
        *(status.get("initContainerStatuses") or []),
        *(status.get("containerStatuses") or []),
    ]
    stuck = next((one for one in containers if not one.get("ready")), None)
    if stuck is None:
        return PodLook(name, status.get("phase", "Unknown"), ready=False)
    waiting = stuck.get("state", {}).get("waiting", {}).get("reason", "")
    path = f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{name}/log"
    query = urlencode({"container": stuck["name"], "tailLines": _LOG_LINES})
    answered, text = api.request("GET", f"{path}?{query}")
    lines = tuple(text.splitlines()[-_LOG_LINES:]) if answered == _OK else ()
    return PodLook(name, status.get("phase", "Unknown"), False, waiting, lines)


def _get(api: EksApi, path: str) -> dict[str, Any]:
    status, text = api.request("GET", path)
    what = f"GET {path.partition('?')[0]}"
    if status == _NOT_FOUND:
        raise ConfigurationError(f"{what}: not there", "apply deploy/aws")
    if status != _OK:
        raise ClusterUnavailableError(f"{what}: answered {status}")
    try:
        return dict(json.loads(text))
    except ValueError as error:
        raise ClusterUnavailableError(f"{what}: the answer is no JSON") from error
