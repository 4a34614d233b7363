"""Room for pods, worked out as the scheduler would."""

from typing import Any

import pytest

from landbridge.domain.preflight.capacity import pod_request, quota_left, room_of
from landbridge.domain.preflight.cluster_facts import Node
from landbridge.domain.preflight.quantities import parse_quantity


@pytest.mark.parametrize(
    ("text", "amount"),
    [("500m", 0.5), ("2", 2.0), ("64Mi", 67_108_864.0), ("1Gi", 1_073_741_824.0), ("1k", 1_000.0),
     ("1e3", 1_000.0), (0, 0.0), ("250u", 0.00025)],
)  # fmt: skip
def test_an_amount_is_a_number(text: object, amount: float) -> None:
    """Kubernetes' suffixes count as they are documented."""
    assert parse_quantity(text) == pytest.approx(amount)


def test_what_is_no_amount_is_refused() -> None:
    """A word is no amount."""
    with pytest.raises(ValueError, match="many"):
        parse_quantity("many")


def container(cpu: str, memory: str, kind: str = "requests") -> dict[str, Any]:
    """Return a container that asks for that much."""
    return {"resources": {kind: {"cpu": cpu, "memory": memory}}}


def test_a_pod_asks_for_the_larger_of_its_containers_and_its_largest_init_container() -> None:
    """Init containers run one by one and before the others; a limit alone is a request."""
    spec = {
        "initContainers": [container("300m", "10Mi"), container("100m", "1Gi")],
        "containers": [container("100m", "64Mi"), container("150m", "64Mi", "limits"), {}],
    }
    assert pod_request(spec) == pytest.approx((0.3, 1024.0**3))


def node(name: str, **described: Any) -> dict[str, Any]:
    """Return a ready node of four cores."""
    return {
        "metadata": {"name": name, "labels": {"pool": "warm"}},
        "spec": described,
        "status": {
            "allocatable": {"cpu": "4", "memory": "8Gi", "pods": "10"},
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    }


def pod(on: str, phase: str = "Running") -> dict[str, Any]:
    """Return a pod of one core on a node."""
    spec = {"nodeName": on, "containers": [container("1", "1Gi")]}
    return {"spec": spec, "status": {"phase": phase}}


def test_a_node_has_what_its_pods_leave() -> None:
    """Pods that have ended ask for nothing any more."""
    found = room_of([node("n")], [pod("n"), pod("n", "Succeeded"), pod("other")], {})
    assert found == (Node("n", 3.0, 7 * 1024.0**3, 9),)


@pytest.mark.parametrize(
    ("described", "spec", "taken"),
    [
        ({"unschedulable": True}, {}, False),
        ({"taints": [{"key": "gpu", "effect": "NoSchedule"}]}, {}, False),
        ({"taints": [{"key": "gpu", "effect": "PreferNoSchedule"}]}, {}, True),
        (
            {"taints": [{"key": "gpu", "value": "a", "effect": "NoSchedule"}]},
            {"tolerations": [{"key": "gpu", "value": "a", "effect": "NoSchedule"}]},
            True,
        ),
        (
            {"taints": [{"key": "gpu", "value": "a", "effect": "NoExecute"}]},
            {"tolerations": [{"operator": "Exists"}]},
            True,
        ),
        (
            {"taints": [{"key": "gpu", "value": "a", "effect": "NoSchedule"}]},
            {"tolerations": [{"key": "gpu", "value": "b"}]},
            False,
        ),
        ({}, {"nodeSelector": {"pool": "warm"}}, True),
        ({}, {"nodeSelector": {"pool": "cold"}}, False),
    ],
)
def test_a_node_counts_where_the_pod_may_go(
    described: dict[str, Any], spec: dict[str, Any], *, taken: bool
) -> None:
    """Cordons, taints and selectors decide."""
    assert bool(room_of([node("n", **described)], [], spec)) == taken


def test_a_node_that_is_not_ready_has_no_room() -> None:
    """A node without its kubelet takes nothing."""
    lost = node("n")
    lost["status"]["conditions"] = [{"type": "Ready", "status": "Unknown"}]
    assert room_of([lost], [], {}) == ()


def test_the_least_quota_counts() -> None:
    """Of several quotas the one that leaves least decides; old names are the same limits."""
    quotas = [
        {"status": {"hard": {"pods": "10", "cpu": "4"}, "used": {"pods": "3", "cpu": "500m"}}},
        {"status": {"hard": {"pods": "8"}, "used": {"pods": "7"}}},
        {},
    ]
    assert quota_left(quotas) == {"pods": 1.0, "requests.cpu": 3.5}
