"""What a Deployment says of itself: counts, and the conditions Available and Progressing."""

from lab.kubernetes.client import Json
from lab.kubernetes.controllers import pods
from lab.kubernetes.controllers.rollout import limits


def status_of(item: Json, sets: list[Json], new: Json | None) -> tuple[Json, float | None]:
    """Give the status, and in how many seconds it may change by time alone (None: never)."""
    replicas = item["spec"]["replicas"]
    total, available = _sum(sets, "replicas"), _sum(sets, "availableReplicas")
    status: Json = {
        **item.get("status", {}),
        "observedGeneration": item["metadata"]["generation"],
        "replicas": total,
        "updatedReplicas": _sum([new] if new else [], "replicas"),
        "readyReplicas": _sum(sets, "readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": max(0, replicas - available),
    }
    enough = available >= limits(replicas, item["spec"]["strategy"]).least
    conditions = pods.with_condition(
        item,
        type="Available",
        status="True" if enough else "False",
        reason="MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
        message=f"Deployment {'has' if enough else 'does not have'} minimum availability.",
    )
    with_available = {**item, "status": {**item.get("status", {}), "conditions": conditions}}
    progress, again_seconds = _progress(with_available, status, new)
    status["conditions"] = pods.with_condition(with_available, **progress)
    return status, again_seconds


def _sum(sets: list[Json], field: str) -> int:
    return sum(each.get("status", {}).get(field, 0) for each in sets)


def _progress(item: Json, status: Json, new: Json | None) -> tuple[Json, float | None]:
    replicas = item["spec"]["replicas"]
    name = new["metadata"]["name"] if new else ""
    known = pods.condition(item, "Progressing")
    complete = (
        status["updatedReplicas"] == replicas
        and status["replicas"] == replicas
        and status["availableReplicas"] == replicas
    )
    if complete:
        message = f'ReplicaSet "{name}" has successfully progressed.'
        return _condition("True", "NewReplicaSetAvailable", message), None
    if known.get("reason") == "NewReplicaSetAvailable" and not _rolling(status, replicas):
        return _condition("True", known["reason"], known["message"]), None
    watched = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
    before = item.get("status", {})
    moved = any(status[field] != before.get(field, 0) for field in watched)
    if known.get("status") == "True" and not moved and known["reason"] != "NewReplicaSetAvailable":
        left = item["spec"]["progressDeadlineSeconds"] - pods.seconds_since(known["lastUpdateTime"])
        if left > 0:
            return _condition("True", known["reason"], known["message"]), left + 1
        message = f'ReplicaSet "{name}" has timed out progressing.'
        return _condition("False", "ProgressDeadlineExceeded", message), None
    if known.get("status") == "False" and not moved:
        return _condition("False", known["reason"], known["message"]), None
    message = f'ReplicaSet "{name}" is progressing: {status["availableReplicas"]} available.'
    deadline = item["spec"]["progressDeadlineSeconds"] + 1.0
    return _condition("True", "ReplicaSetUpdated", message), deadline


def _rolling(status: Json, replicas: int) -> bool:
    """Tell whether pods are still being made or moved, as against: one has become unready."""
    return bool(status["updatedReplicas"] != replicas or status["replicas"] != replicas)


def _condition(status: str, reason: str, message: str) -> Json:
    return {"type": "Progressing", "status": status, "reason": reason, "message": message}
