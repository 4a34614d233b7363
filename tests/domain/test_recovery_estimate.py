"""How long an outage may last, against a sum made by hand."""

from landbridge.domain.recovery_estimate import (
    RecoveryClocks,
    detection_parts,
    recovery_parts,
    total_seconds,
)

CLOCKS = RecoveryClocks(
    interval_seconds=30,
    failure_threshold=2,
    orchestration_seconds=5.5,
    promotion_seconds=20.0,
    pods_seconds=8.0,
    ttl_seconds=60,
)


def test_an_outage_is_the_sum_of_what_must_follow_one_another() -> None:
    """Promotion and pods overlap, so the longer one counts; the checkers turn twice."""
    parts = recovery_parts(CLOCKS)
    assert [(part.name, part.seconds) for part in parts] == [
        ("checks of AWS", 60),
        ("alarm", 60),
        ("orchestration", 5.5),
        ("promotion", 20.0),
        ("checks of Azure", 60),
        ("TTL", 60),
    ]
    assert total_seconds(parts) == 265.5
    assert total_seconds(detection_parts(CLOCKS)) == 120


def test_the_gates_own_interval_is_waited_for_at_least() -> None:
    """However quick the sites' checks are, DNS turns no sooner than the gate's checkers look."""
    quick = RecoveryClocks(
        interval_seconds=1,
        failure_threshold=1,
        orchestration_seconds=0,
        promotion_seconds=0,
        pods_seconds=0,
        ttl_seconds=1,
    )
    assert {part.name: part.seconds for part in recovery_parts(quick)}["checks of Azure"] == 10
