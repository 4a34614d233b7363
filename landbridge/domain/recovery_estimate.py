"""How long an outage lasts at most, by the clocks that are configured and the work expected.

Not a promise: it adds up what is known before an outage. Each clock counts whole, as if the outage
began at its worst moment; CloudWatch and EventBridge may be late on top ("several minutes might
elapse", Route 53 Developer Guide, "Monitoring health checks using CloudWatch"). What users lived
through is measured in drills.
"""

from dataclasses import dataclass

__all__ = [
    "ALARM_PERIOD_SECONDS",
    "GATE_INTERVAL_SECONDS",
    "GATE_THRESHOLD",
    "RecoveryClocks",
    "RecoveryPart",
    "detection_parts",
    "recovery_parts",
    "total_seconds",
]

# Route 53 writes a health check's metric once a minute.
ALARM_PERIOD_SECONDS = 60
# The gate moves once in a failover, and everybody waits for it.
GATE_INTERVAL_SECONDS = 10
GATE_THRESHOLD = 1


@dataclass(frozen=True)
class RecoveryClocks:
    """What an outage is made of: ``failure_threshold`` in looks, all else in seconds."""

    interval_seconds: int
    failure_threshold: int
    orchestration_seconds: float
    promotion_seconds: float
    pods_seconds: float
    ttl_seconds: int


@dataclass(frozen=True)
class RecoveryPart:
    """One stretch of an outage, the longest that it may be, and what sets it."""

    name: str
    seconds: float
    why: str


def detection_parts(clocks: RecoveryClocks) -> tuple[RecoveryPart, ...]:
    """Return what passes between the fault and the alarm."""
    looks = f"{clocks.failure_threshold} looks in a row, every {clocks.interval_seconds} s"
    return (
        RecoveryPart("checks of AWS", _turning(clocks), looks),
        RecoveryPart("alarm", ALARM_PERIOD_SECONDS, "the metric has one value a minute"),
    )


def recovery_parts(clocks: RecoveryClocks) -> tuple[RecoveryPart, ...]:
    """Return every stretch from the fault to the users' first answer from Azure, in order."""
    promotion, pods = clocks.promotion_seconds, clocks.pods_seconds
    longer = f"the longer of promotion, {promotion:g} s, and pods, {pods:g} s"
    gate = GATE_INTERVAL_SECONDS * GATE_THRESHOLD
    looks = f"{clocks.failure_threshold} looks, every {clocks.interval_seconds} s"
    return (
        *detection_parts(clocks),
        RecoveryPart("orchestration", clocks.orchestration_seconds, "expected of the run itself"),
        RecoveryPart("pods" if pods > promotion else "promotion", max(promotion, pods), longer),
        RecoveryPart(
            "checks of Azure",
            max(_turning(clocks), gate),
            f"{looks}, and the gate's own {gate} s meanwhile, before DNS answers Azure",
        ),
        RecoveryPart("TTL", clocks.ttl_seconds, "users may hold the old answer for so long"),
    )


def total_seconds(parts: tuple[RecoveryPart, ...]) -> float:
    """Return how long they are one after the other."""
    return sum(part.seconds for part in parts)


def _turning(clocks: RecoveryClocks) -> int:
    """Return how long a site's checkers take at most to change their mind."""
    return clocks.interval_seconds * clocks.failure_threshold
