"""Whether a node has room for a pod, and the scheduler's own words where it has none.

Source: kube-scheduler's plugins NodeUnschedulable, NodeAffinity and NodeResourcesFit, and the
summary that it writes into the condition PodScheduled. Of resources the CPU counts here.
"""

from collections.abc import Iterable

from lab.kubernetes.client import Json

__all__ = ["cpu_millis", "why_unschedulable"]

_NO_HELP = "1 Preemption is not helpful for scheduling."
_NO_VICTIMS = "1 No preemption victims found for incoming pod."


def why_unschedulable(pod: Json, node: Json, bound: Iterable[Json]) -> str:
    """Return the message for a pod that does not fit beside those ``bound`` to the only node.

    An empty text where it fits.
    """
    if node.get("spec", {}).get("unschedulable"):
        return _said("node(s) were unschedulable", _NO_HELP)
    labels = node["metadata"].get("labels", {})
    wanted = pod["spec"].get("nodeSelector", {})
    if any(labels.get(key) != value for key, value in wanted.items()):
        return _said("node(s) didn't match Pod's node affinity/selector", _NO_HELP)
    needed = cpu_millis(pod)
    room = _millis(node.get("status", {}).get("allocatable", {}).get("cpu", "0"))
    if needed and needed + sum(map(cpu_millis, bound)) > room:
        return _said("Insufficient cpu", _NO_VICTIMS)
    return ""


def cpu_millis(pod: Json) -> int:
    """Return the CPU that a pod asks for, in thousandths: its containers', or an init's if more."""
    main = sum(map(_request, pod["spec"]["containers"]))
    return max([main, *map(_request, pod["spec"].get("initContainers", []))])


def _request(container: Json) -> int:
    return _millis(container.get("resources", {}).get("requests", {}).get("cpu", "0"))


def _millis(quantity: str) -> int:
    text = str(quantity)
    if text.endswith("m"):
        return int(text[:-1])
    return round(float(text) * 1000)


def _said(why: str, preemption: str) -> str:
    found = f"0/1 nodes are available: 1 {why}."
    return f"{found} preemption: 0/1 nodes are available: {preemption}"
