"""What ``landbridge model`` may be asked for; light, so that the command line can load it."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Beginning", "Options", "Safeguard"]


class Safeguard(StrEnum):
    """What can be taken away from the protocol."""

    LATCH = "latch"
    EPOCH = "epoch"
    VOTES = "votes"
    FENCE = "fence"
    PROMOTION_LOCK = "promotion-lock"
    HELD_PROMOTION = "held-promotion"
    LEASE = "lease"
    SEEN_GATE = "seen-gate"
    SECOND_LOOK = "second-look"


class Beginning(StrEnum):
    """The scenarios: where the model begins, and who runs."""

    FAILOVER = "failover"
    FAILOVER_ALONE = "failover-alone"
    FAILBACK = "failback"
    FAILBACK_ALONE = "failback-alone"
    CROSSED = "crossed"


@dataclass(frozen=True)
class Options:
    """None: no limit to the depth, no safeguard removed, the scenario's own number of troubles."""

    beginnings: tuple[Beginning, ...] = tuple(Beginning)
    replications: tuple[str, ...] = ("sync", "async")
    without: Safeguard | None = None
    depth: int | None = None
    faults: int | None = None
    crashes: int | None = None
