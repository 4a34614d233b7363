"""Is there room for the workload's pods: what nodes have left, and the namespace's quota.

A node's room is what it can allocate less what its pods ask for; a pod asks for the larger of its
containers together and its largest init container (Kubernetes docs, "Resource Management",
"Init Containers"). Affinity and topology are not looked at.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from landbridge.domain.preflight.check import SITE, Check, Finding, check_of, fail, unknown
from landbridge.domain.preflight.cluster_facts import Capacity, ClusterFacts, Node, unasked_cluster
from landbridge.domain.preflight.quantities import parse_quantity

__all__ = ["capacity_check", "pod_request", "quota_left", "room_of"]

Json = Mapping[str, Any]
_ENDED = frozenset({"Succeeded", "Failed"})
_KEEPS_AWAY = frozenset({"NoSchedule", "NoExecute"})


def capacity_check(facts: ClusterFacts, replicas: int) -> Check:
    """Return whether the standby's cluster has room for all the pods that it does not run yet."""
    return check_of("capacity", _shortage(facts, replicas), f"there is room for {replicas} pods")


def _shortage(facts: ClusterFacts, replicas: int) -> Iterator[Finding]:
    if not facts.reachable or facts.desired is None:
        yield from unasked_cluster(facts) or [unknown(facts.workload_reason)]
        return
    needed = max(0, replicas - facts.desired)
    yield from _nodes(facts, needed)
    yield from _quota(facts, needed)


def _nodes(facts: ClusterFacts, needed: int) -> Iterator[Finding]:
    who, room = SITE[facts.site], facts.capacity
    if room.reason:
        yield unknown(f"{who}'s nodes: {room.reason}", _may_look(facts))
        return
    fits = sum(_fits(node, room) for node in room.nodes)
    if fits < needed:
        yield fail(
            f"{who}'s nodes have room for {fits} of {needed} pods",
            "kubectl get nodes; uncordon what is cordoned, or add some: an autoscaler is slow",
        )


def _quota(facts: ClusterFacts, needed: int) -> Iterator[Finding]:
    who, room = SITE[facts.site], facts.capacity
    if room.quota_reason:
        yield unknown(f"{who}'s quotas: {room.quota_reason}", _may_look(facts))
    wanted = {
        "pods": float(needed),
        "requests.cpu": needed * room.pod_cpu,
        "requests.memory": needed * room.pod_memory,
    }
    for name, left in room.quota.items():
        if wanted.get(name, 0.0) > left:
            yield fail(
                f"{who}'s quota leaves {left:g} of {name}, {wanted[name]:g} are needed",
                "raise it: kubectl edit resourcequota, in the workload's namespace",
            )


def _may_look(facts: ClusterFacts) -> str:
    return f"kubectl apply -f deploy/{facts.site}/preflight.yaml"


def _fits(node: Node, room: Capacity) -> int:
    limits = [float(node.pods)]
    limits += [node.cpu / room.pod_cpu] if room.pod_cpu else []
    limits += [node.memory / room.pod_memory] if room.pod_memory else []
    return max(0, int(min(limits)))


def pod_request(spec: Json) -> tuple[float, float]:
    """Return what a pod asks for: CPU in cores, memory in bytes."""
    cpu, memory = (
        max(
            sum(_asked(one, name) for one in spec.get("containers") or ()),
            max((_asked(one, name) for one in spec.get("initContainers") or ()), default=0.0),
        )
        for name in ("cpu", "memory")
    )
    return cpu, memory


def _asked(container: Json, name: str) -> float:
    resources = container.get("resources") or {}
    # Where only a limit is given it is the request too.
    given = (resources.get("limits") or {}) | (resources.get("requests") or {})
    return parse_quantity(given.get(name, 0))


def room_of(nodes: Iterable[Json], pods: Iterable[Json], spec: Json) -> tuple[Node, ...]:
    """Return what is left on each node that would take a pod of ``spec``."""
    taken: dict[str, list[tuple[float, float]]] = {}
    for pod in pods:
        # For a pod of the workload the scheduler ends what has a lower priority.
        gives_way = (pod["spec"].get("priority") or 0) < 0
        if pod.get("status", {}).get("phase") not in _ENDED and not gives_way:
            taken.setdefault(pod["spec"].get("nodeName", ""), []).append(pod_request(pod["spec"]))
    found = []
    for node in nodes:
        if _takes(node, spec):
            name, has = node["metadata"]["name"], node["status"].get("allocatable") or {}
            mine = taken.get(name, [])
            found.append(
                Node(
                    name,
                    parse_quantity(has.get("cpu", 0)) - sum(cpu for cpu, _ in mine),
                    parse_quantity(has.get("memory", 0)) - sum(memory for _, memory in mine),
                    int(parse_quantity(has.get("pods", 0))) - len(mine),
                )
            )
    return tuple(found)


def _takes(node: Json, spec: Json) -> bool:
    described, labels = node.get("spec") or {}, node["metadata"].get("labels") or {}
    conditions = {one["type"]: one["status"] for one in node["status"].get("conditions") or ()}
    wanted = spec.get("nodeSelector") or {}
    return (
        not described.get("unschedulable")
        and conditions.get("Ready") == "True"
        and all(labels.get(key) == value for key, value in wanted.items())
        and all(_tolerated(taint, spec) for taint in described.get("taints") or ())
    )


def _tolerated(taint: Json, spec: Json) -> bool:
    if taint["effect"] not in _KEEPS_AWAY:
        return True
    for one in spec.get("tolerations") or ():
        same_key = one.get("key", "") in {"", taint["key"]}
        same_value = one.get("operator") == "Exists" or one.get("value") == taint.get("value")
        if same_key and same_value and one.get("effect", "") in {"", taint["effect"]}:
            return True
    return False


def quota_left(quotas: Iterable[Json]) -> dict[str, float]:
    """Return the least that any ResourceQuota of the namespace leaves, by the name of the limit."""
    left: dict[str, float] = {}
    for quota in quotas:
        status = quota.get("status") or {}
        used = status.get("used") or {}
        for name, hard in (status.get("hard") or {}).items():
            # An old spelling of the same limits.
            limit = {"cpu": "requests.cpu", "memory": "requests.memory"}.get(name, name)
            rest = parse_quantity(hard) - parse_quantity(used.get(name, 0))
            left[limit] = min(rest, left.get(limit, rest))
    return left
