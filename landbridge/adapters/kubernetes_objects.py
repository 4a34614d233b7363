"""What Kubernetes objects mean to landbridge: to and from the client's models, without the client.

Nothing here calls an API; ``landbridge.adapters.kubernetes`` does.
Source: Kubernetes API reference for ConfigMap, Lease, Deployment and Pod.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from landbridge.domain.errors import ConfigurationError
from landbridge.domain.gate import Gate, GateState
from landbridge.domain.lock import RunLock
from landbridge.domain.rollout import PodLook, RolloutLook

__all__ = [
    "GATE",
    "LOCK",
    "gate_body",
    "gate_of",
    "is_ready",
    "lock_body",
    "lock_of",
    "obstacle_of",
    "rollout_of",
    "selector_text",
]

GATE = "landbridge-gate"
LOCK = "landbridge-run"
EPOCH_ANNOTATION = "landbridge/epoch"


def gate_of(config_map: Any) -> Gate:
    """Return the gate in the ConfigMap; raise ConfigurationError where it holds none."""
    try:
        data = config_map.data
        return Gate(
            state=GateState(data["state"]),
            active_site=data["active_site"],
            epoch=int(data["epoch"]),
            holder=data["holder"],
            since=data["since"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(
            f"ConfigMap {GATE} does not hold a gate: {error!r}",
            "put back its five keys: state, active_site, epoch, holder, since",
        ) from None


def gate_body(gate: Gate, resource_version: str | None) -> dict[str, Any]:
    """Return the ConfigMap to write over that version; None: there must be none yet."""
    data = {
        "state": gate.state.value,
        "active_site": gate.active_site,
        "epoch": str(gate.epoch),
        "holder": gate.holder,
        "since": gate.since,
    }
    return {"metadata": _metadata(GATE, resource_version), "data": data}


def lock_of(lease: Any) -> RunLock:
    """Return the run lock in the Lease; raise ConfigurationError where it holds none."""
    try:
        return RunLock(
            holder=lease.spec.holder_identity or "",
            epoch=int(lease.metadata.annotations[EPOCH_ANNOTATION]),
            lease_seconds=int(lease.spec.lease_duration_seconds),
            renewed_at=lease.spec.renew_time.timestamp(),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(
            f"Lease {LOCK} does not hold a run lock: {error!r}",
            f"put back its annotation {EPOCH_ANNOTATION}, duration and renewal time",
        ) from None


def lock_body(lock: RunLock, resource_version: str | None) -> dict[str, Any]:
    """Return the Lease to write over that version; None: there must be none yet."""
    metadata = _metadata(LOCK, resource_version)
    metadata["annotations"] = {EPOCH_ANNOTATION: str(lock.epoch)}
    spec: dict[str, Any] = {
        "leaseDurationSeconds": lock.lease_seconds,
        "renewTime": _micro_time(lock.renewed_at),
    }
    if lock.holder:  # the API refuses an empty identity: a free lock has none
        spec["holderIdentity"] = lock.holder
    return {"metadata": metadata, "spec": spec}


def _metadata(name: str, resource_version: str | None) -> dict[str, Any]:
    return {"name": name} | ({"resourceVersion": resource_version} if resource_version else {})


def _micro_time(epoch_seconds: float) -> datetime:
    # MicroTime wants exactly six digits of a second, and the client writes none where they are all
    # zeros, which the API refuses.
    moment = datetime.fromtimestamp(epoch_seconds, UTC)
    return moment if moment.microsecond else moment.replace(microsecond=1)


def rollout_of(deployment: Any, pods: tuple[PodLook, ...] = ()) -> RolloutLook:
    """Return what the Deployment says of itself; at zero replicas a server may leave fields out."""
    status = deployment.status
    seen = (status.observed_generation if status else None) or 0
    return RolloutLook(
        desired=deployment.spec.replicas or 0,
        ready=(status.ready_replicas if status else None) or 0,
        observed=seen >= (deployment.metadata.generation or 0),
        pods=pods,
    )


def selector_text(selector: Any) -> str:
    """Return a Deployment's selector as the list call takes it."""
    terms = [f"{key}={value}" for key, value in sorted((selector.match_labels or {}).items())]
    for rule in selector.match_expressions or ():
        values = ",".join(rule.values or ())
        terms.append(
            {
                "In": f"{rule.key} in ({values})",
                "NotIn": f"{rule.key} notin ({values})",
                "Exists": rule.key,
                "DoesNotExist": f"!{rule.key}",
            }[rule.operator]
        )
    return ",".join(terms)


def is_ready(pod: Any) -> bool:
    """Whether the pod's Ready condition is true."""
    conditions = pod.status.conditions or ()
    return any(one.type == "Ready" and one.status == "True" for one in conditions)


def restarted(pod: Any, container: str) -> bool:
    """Whether the container was started more than once."""
    every = (*(pod.status.init_container_statuses or ()), *(pod.status.container_statuses or ()))
    return any(one.name == container and one.restart_count for one in every)


def obstacle_of(pod: Any) -> tuple[str, str]:
    """Return the container that keeps the pod from being ready, and what it is doing.

    Init containers run one by one, before the others, so the first unfinished one is the obstacle.
    No container (an empty name) where the pod has no node yet: then the scheduler's word.
    """
    for one in pod.status.init_container_statuses or ():
        finished = one.state and one.state.terminated and one.state.terminated.exit_code == 0
        if not finished:
            return one.name, f"init container {one.name}: {_doing(one.state)}"
    for one in pod.status.container_statuses or ():
        if not one.ready:
            return one.name, f"container {one.name}: {_doing(one.state)}"
    return "", _unscheduled(pod.status.conditions or ())


def _doing(state: Any) -> str:
    if state is not None and state.terminated is not None:
        return f"{state.terminated.reason or 'ended'}, exit code {state.terminated.exit_code}"
    if state is not None and state.running is not None:
        return "running"
    waiting = state.waiting.reason if state is not None and state.waiting is not None else ""
    return waiting or "waiting"


def _unscheduled(conditions: Iterable[Any]) -> str:
    for one in conditions:
        if one.type == "PodScheduled" and one.status == "False":
            return f"{one.reason}: {one.message}"
    return ""
