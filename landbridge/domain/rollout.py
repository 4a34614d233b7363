"""The workload's rollout: is it done, and if not, which pod is in the way and what did it say."""

from dataclasses import dataclass

__all__ = ["PodLook", "RolloutLook", "describe_pending", "rollout_done"]


@dataclass(frozen=True)
class PodLook:
    """One pod: ``waiting`` is its container's waiting reason, ``log_lines`` its last lines."""

    name: str
    phase: str
    ready: bool
    waiting: str = ""
    log_lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class RolloutLook:
    """The Deployment and its pods as one look saw them."""

    desired: int
    ready: int
    observed: bool
    pods: tuple[PodLook, ...] = ()


def rollout_done(look: RolloutLook, replicas: int) -> bool:
    """Whether at least ``replicas`` pods are ready and the controller has seen the wish."""
    return look.observed and look.desired >= replicas and look.ready >= replicas


def describe_pending(look: RolloutLook, replicas: int) -> str:
    """Return the sentence for the operator: the count, and the first pod that is not ready."""
    count = f"{look.ready} of {replicas} pods are ready"
    if not look.observed or look.desired < replicas:
        return f"{count}; the cluster has not taken up the wish for {replicas} yet"
    stuck = next((pod for pod in look.pods if not pod.ready), None)
    if stuck is None:
        return f"{count}; no pod exists for the rest yet"
    said = " | ".join(stuck.log_lines) or "nothing"
    waiting = f", {stuck.waiting}" if stuck.waiting else ""
    return f"{count}; pod {stuck.name} is {stuck.phase}{waiting}; its last log lines: {said}"
