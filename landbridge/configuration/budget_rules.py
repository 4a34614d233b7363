"""Rules of budgets: each ends before whatever would end it, and each can be kept."""

from collections.abc import Iterator

from landbridge.configuration.models import Configuration
from landbridge.configuration.problems import Problem
from landbridge.configuration.rule import Rule
from landbridge.domain.plan import FAILBACK, FAILOVER, step_named

__all__ = ["BUDGET_RULES", "SETTINGS_LIMIT_BYTES", "SPENT_IN", "WATCHDOG_LATER_SECONDS"]

# All environment variables of a Lambda function together: 4 KB (Lambda Developer Guide, "Lambda
# quotas"); the settings share them with the resources' names.
SETTINGS_LIMIT_BYTES = 3_520

# The step that spends each budget. A budget must end before its step's timeout does, or Lambda
# kills the step before it can say what it was waiting for.
SPENT_IN = {
    "fence_seconds": "fence_primary",
    "replay_seconds": "check_promotion",
    "promotion_seconds": "promote_standby",
    "rollout_seconds": "wait_rollout",
    "smoke_seconds": "smoke_standby",
    "dns_seconds": "wait_dns",
    "probe_seconds": "confirm_outage",
    "database_seconds": "observe_sites",
    "settle_seconds": "confirm_outage",
    "streaming_seconds": "await_streaming",
}
# An undo tries AWS's database, its cluster and, twice at most, its database again; the
# Function App's answers and Azure's database take the rest.
UNDO_FENCE_TIMES, UNDO_OTHERWISE_SECONDS = 4, 15

# The watchdog looks each minute, and its look takes most of one.
WATCHDOG_LATER_SECONDS = 120


def _timeouts(configuration: Configuration) -> Iterator[Problem]:
    for field, step_name in SPENT_IN.items():
        timeout = step_named(step_name).timeout_seconds
        value = getattr(configuration.budgets, field)
        if value >= timeout:
            rule = f"{step_name} is killed after {timeout} s, before this budget could end"
            yield Problem(f"budgets.{field}", value, rule, f"stay below {timeout}")


def _undo(configuration: Configuration) -> Iterator[Problem]:
    fence_seconds = configuration.budgets.fence_seconds
    undo = step_named("undo_failover").timeout_seconds
    most = (undo - UNDO_OTHERWISE_SECONDS) / UNDO_FENCE_TIMES
    if fence_seconds > most:
        rule = f"undo_failover spends it {UNDO_FENCE_TIMES} times where AWS is silent, in {undo} s"
        yield Problem("budgets.fence_seconds", fence_seconds, rule, f"at most {most:g}")


def _lease(configuration: Configuration) -> Iterator[Problem]:
    longest = max(FAILOVER + FAILBACK, key=lambda step: step.timeout_seconds)
    if configuration.budgets.lease_seconds <= longest.timeout_seconds:
        yield Problem(
            "budgets.lease_seconds",
            configuration.budgets.lease_seconds,
            f"{longest.name} may take {longest.timeout_seconds} s and would outlive its lock",
            f"give it more than {longest.timeout_seconds}",
        )


def _replication(configuration: Configuration) -> Iterator[Problem]:
    if configuration.replication == "async" and configuration.budgets.rpo_bytes == 0:
        yield Problem(
            "budgets.rpo_bytes",
            0,
            "async replication always has bytes on the way, so no failover would ever be allowed",
            "use replication sync for an RPO of zero, or give a budget",
        )


def _size(configuration: Configuration) -> Iterator[Problem]:
    size = len(configuration.settings_text().encode())
    if size > SETTINGS_LIMIT_BYTES:
        yield Problem(
            "eks.certificate_authority",
            f"{configuration.eks.certificate_authority[:16]}...",
            f"the settings take {size} bytes of a function's 4 KB of environment, and "
            f"{SETTINGS_LIMIT_BYTES} is the most that fits",
            "give the CA certificate alone, without its chain, and fewer blocked windows",
        )


BUDGET_RULES = (
    Rule(
        "budget-within-timeout",
        "A budget ends before the step that spends it is killed.",
        tuple(f"budgets.{field}" for field in SPENT_IN),
        "docs/architecture.md, One failover: Waiting",
        _timeouts,
    ),
    Rule(
        "fence-within-undo",
        "An undo has time for each of its four tries at a silent AWS.",
        ("budgets.fence_seconds",),
        "docs/architecture.md, One failover: undo_failover",
        _undo,
    ),
    Rule(
        "lease-outlives-steps",
        "The run lock lives longer than the longest step.",
        ("budgets.lease_seconds",),
        "docs/architecture.md, The gate: run lock",
        _lease,
    ),
    Rule(
        "async-loses-bytes",
        "async replication has a budget of bytes to lose.",
        ("replication", "budgets.rpo_bytes"),
        "docs/architecture.md, Replication modes",
        _replication,
    ),
    Rule(
        "settings-fit",
        "All settings fit into a function's environment.",
        ("eks.certificate_authority", "gameday.blocked_windows", "gameday.alarms"),
        "Lambda Developer Guide, Lambda quotas",
        _size,
    ),
)
