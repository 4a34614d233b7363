"""Rules of the RTO: what is configured and expected fits into what is planned for."""

from collections.abc import Iterator

from landbridge.configuration.models import Configuration
from landbridge.configuration.problems import Problem
from landbridge.configuration.rule import Rule
from landbridge.domain.recovery_estimate import RecoveryClocks, recovery_parts, total_seconds

__all__ = ["RECOVERY_RULES", "recovery_clocks"]


def recovery_clocks(configuration: Configuration) -> RecoveryClocks:
    """Return what an outage is made of, as configured."""
    checks, expected = configuration.health_checks, configuration.recovery
    return RecoveryClocks(
        interval_seconds=checks.interval_seconds,
        failure_threshold=checks.failure_threshold,
        orchestration_seconds=expected.orchestration_seconds,
        promotion_seconds=expected.promotion_seconds,
        pods_seconds=expected.pods_seconds,
        ttl_seconds=configuration.ttl_seconds,
    )


def _rto(configuration: Configuration) -> Iterator[Problem]:
    budget = configuration.recovery.rto_budget_seconds
    parts = recovery_parts(recovery_clocks(configuration))
    total = total_seconds(parts)
    if total > budget:
        added = " + ".join(f"{part.name} {part.seconds:g}" for part in parts)
        yield Problem(
            "recovery.rto_budget_seconds",
            budget,
            f"an outage may last {total:g} s: {added}",
            f"raise it to {total:g}, or lower health_checks, ttl_seconds or what is expected "
            "in recovery",
        )


def _promotion(configuration: Configuration) -> Iterator[Problem]:
    expected, budget = (
        configuration.recovery.promotion_seconds,
        configuration.budgets.promotion_seconds,
    )
    if expected > budget:
        yield Problem(
            "recovery.promotion_seconds",
            expected,
            f"budgets.promotion_seconds, {budget:g}, is over before that",
            f"raise budgets.promotion_seconds to {expected:g}, or expect less",
        )


RECOVERY_RULES = (
    Rule(
        "rto-within-budget",
        "Detection, the run, the longer of promotion and pods, the checks of Azure and the TTL, "
        "each at its slowest, fit into the RTO that is planned for.",
        (
            "recovery.rto_budget_seconds",
            "recovery.orchestration_seconds",
            "recovery.promotion_seconds",
            "recovery.pods_seconds",
            "health_checks.interval_seconds",
            "health_checks.failure_threshold",
            "ttl_seconds",
        ),
        "docs/configuration.md, The RTO budget",
        _rto,
    ),
    Rule(
        "promotion-within-budget",
        "The promotion that is expected is not given up before its end.",
        ("recovery.promotion_seconds", "budgets.promotion_seconds"),
        "docs/architecture.md, One failover: promote_standby",
        _promotion,
    ),
)
