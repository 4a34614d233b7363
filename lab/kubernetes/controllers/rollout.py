"""The arithmetic of a rolling update: how many pods old and new ReplicaSets may have next."""

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Counts:
    """A ReplicaSet in numbers: pods asked for, pods available."""

    asked: int
    available: int


@dataclass(frozen=True)
class Limits:
    """What a rolling update must keep: at most `most` pods, at least `least` of them available."""

    replicas: int
    most: int
    least: int


def limits(replicas: int, strategy: dict[str, Any]) -> Limits:
    """Read a Deployment's strategy; surge rounds up, unavailable down, and both 0 can't be."""
    rolling = strategy.get("rollingUpdate", {})
    surge = _resolved(rolling.get("maxSurge", "25%"), replicas, up=True)
    unavailable = _resolved(rolling.get("maxUnavailable", "25%"), replicas, up=False)
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return Limits(replicas, replicas + surge, max(0, replicas - unavailable))


def _resolved(value: int | str, replicas: int, *, up: bool) -> int:
    if isinstance(value, int):
        return value
    share = int(value.rstrip("%")) * replicas / 100
    return math.ceil(share) if up else math.floor(share)


def new_size(new: Counts, old: list[Counts], bounds: Limits) -> int:
    """Give the size that the new ReplicaSet may have now."""
    if new.asked >= bounds.replicas:
        return bounds.replicas
    total = new.asked + sum(counts.asked for counts in old)
    return min(bounds.replicas, new.asked + max(0, bounds.most - total))


def old_sizes(new: Counts, old: list[Counts], bounds: Limits) -> list[int]:
    """Give the sizes that the old ReplicaSets may have now, in their order.

    Pods that are not available serve nobody: they go first. Then as many of the others as leave
    `least` available.
    """
    if bounds.replicas == 0:
        return [0 for _ in old]
    total = new.asked + sum(counts.asked for counts in old)
    new_unavailable = max(0, new.asked - new.available)
    removable = max(0, total - bounds.least - new_unavailable)
    sizes = []
    for counts in old:
        idle = min(max(0, counts.asked - counts.available), removable)
        removable -= idle
        sizes.append(counts.asked - idle)
    # With the idle ones gone, every pod that may still go is one available pod too many.
    for index, counts in enumerate(old):
        going = min(counts.available, sizes[index], removable)
        sizes[index] -= going
        removable -= going
    return sizes
