"""How long a run of either machine may take, by the configuration's own budgets."""

from collections.abc import Mapping

from landbridge.adapters.operations import FAILBACK, FAILOVER

__all__ = ["run_budgets"]

# What a run waits for, one after the other, by the names of ``landbridge.domain.settings.Budgets``.
_SERVED = ("rollout_seconds", "smoke_seconds", "dns_seconds", "smoke_seconds")
_WAITS = {
    FAILOVER: (
        "database_seconds",
        "probe_seconds",
        "settle_seconds",
        "fence_seconds",
        "replay_seconds",
        "promotion_seconds",
        *_SERVED,
    ),
    FAILBACK: (
        "database_seconds",
        "streaming_seconds",
        "approval_seconds",
        "hold_seconds",
        "promotion_seconds",
        *_SERVED,
        "streaming_seconds",
    ),
}
# The machines ask again where a wait is over, undo what they did, and rebuild within no budget.
_TIMES = 2.0


def run_budgets(budgets: Mapping[str, float]) -> dict[str, float]:
    """Return the seconds that a run of each flow may take in all."""
    return {flow: _TIMES * sum(budgets[name] for name in waits) for flow, waits in _WAITS.items()}
