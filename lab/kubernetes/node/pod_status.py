"""A pod's status, from what its containers do."""

from collections.abc import Sequence
from dataclasses import dataclass

from lab.kubernetes.client import Json
from lab.kubernetes.controllers.pods import condition, timestamp
from lab.kubernetes.node.states import ContainerState


@dataclass(frozen=True)
class Facts:
    """What a node knows of a pod: addresses, start, containers, and how its end was decided."""

    address: str
    node_address: str
    start_time: str
    init: Sequence[ContainerState]
    main: Sequence[ContainerState]
    policy: str
    initialized: bool
    stopped: bool = False


def phase_of(facts: Facts) -> str:
    """Give the pod's phase.

    Pending until every container has run once; Succeeded or Failed when all have ended for good;
    Running between.
    """
    if any(c.finished and not c.ended_well for c in facts.init) and not facts.initialized:
        return "Failed"
    if all(c.finished for c in facts.main):
        return "Succeeded" if all(c.ended_well for c in facts.main) else "Failed"
    if facts.initialized and all(_has_run(c) for c in facts.main):
        return "Running"
    return "Pending"


def _has_run(container: ContainerState) -> bool:
    return "waiting" not in container.state or bool(container.last_state)


def status_of(pod: Json, facts: Facts) -> Json:
    """Give the status to write for a pod."""
    phase = phase_of(facts)
    status: Json = {
        "phase": phase,
        "hostIP": facts.node_address,
        "hostIPs": [{"ip": facts.node_address}],
        "podIP": facts.address,
        "podIPs": [{"ip": facts.address}],
        "startTime": facts.start_time,
        "containerStatuses": [c.status() for c in facts.main],
        "conditions": _conditions(pod, facts, phase),
    }
    if facts.init:
        status["initContainerStatuses"] = [c.status() for c in facts.init]
    return status


def _conditions(pod: Json, facts: Facts, phase: str) -> list[Json]:
    ended = phase in ("Succeeded", "Failed")
    unready = [c.name for c in facts.main if not c.ready]
    initial = [c.name for c in facts.init if not c.ended_well]
    if phase == "Succeeded":
        reason, message = "PodCompleted", ""
    elif ended:
        reason, message = "PodFailed", ""
    else:
        reason = "ContainersNotReady"
        message = f"containers with unready status: [{' '.join(unready)}]"
    ready = not unready and not ended and facts.initialized
    begun = f"containers with incomplete status: [{' '.join(initial)}]"
    uninitialized = ("ContainersNotInitialized", begun)
    return [
        _condition(pod, "PodScheduled", "", "", holds=True),
        _condition(pod, "Initialized", *uninitialized, holds=facts.initialized),
        _condition(pod, "ContainersReady", reason, message, holds=ready),
        _condition(pod, "Ready", reason, message, holds=ready),
    ]


def _condition(pod: Json, kind: str, reason: str, message: str, *, holds: bool) -> Json:
    known = condition(pod, kind)
    status = "True" if holds else "False"
    kept = known.get("status") == status and known.get("lastTransitionTime")
    made: Json = {"type": kind, "status": status, "lastTransitionTime": kept or timestamp()}
    if not holds:
        made |= {k: v for k, v in (("reason", reason), ("message", message)) if v}
    return made
