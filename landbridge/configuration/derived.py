"""What follows from a configuration: how long detection and an outage may take, and timeouts."""

from dataclasses import asdict, dataclass
from typing import Any

from landbridge.configuration.budget_rules import SPENT_IN, WATCHDOG_LATER_SECONDS
from landbridge.configuration.models import Configuration
from landbridge.configuration.recovery_rules import recovery_clocks
from landbridge.domain.plan import step_named
from landbridge.domain.recovery_estimate import (
    RecoveryPart,
    detection_parts,
    recovery_parts,
    total_seconds,
)

__all__ = ["Derived", "Timeout", "derived_from"]


@dataclass(frozen=True)
class Timeout:
    """A budget, and when the step that spends it is killed; both in seconds."""

    budget: str
    seconds: float
    step: str
    timeout_seconds: int


@dataclass(frozen=True)
class Derived:
    """What the fields come to, each in seconds at most.

    ``watchdog_seconds``: until a run begins where no alarm comes; None without a watchdog.
    ``rto_parts`` follow one another, and their sum is ``rto_seconds``.
    """

    detection_seconds: float
    watchdog_seconds: int | None
    rto_seconds: float
    rto_budget_seconds: int
    rto_parts: tuple[RecoveryPart, ...]
    hold_seconds: float
    timeouts: tuple[Timeout, ...]

    def document(self) -> dict[str, Any]:
        """Return it for programs."""
        return asdict(self)


def derived_from(configuration: Configuration) -> Derived:
    """Return what follows from a configuration."""
    clocks, budgets = recovery_clocks(configuration), configuration.budgets
    parts = recovery_parts(clocks)
    watchdog = budgets.watchdog_seconds
    return Derived(
        detection_seconds=total_seconds(detection_parts(clocks)),
        watchdog_seconds=watchdog + WATCHDOG_LATER_SECONDS if watchdog else None,
        rto_seconds=total_seconds(parts),
        rto_budget_seconds=configuration.recovery.rto_budget_seconds,
        rto_parts=parts,
        hold_seconds=budgets.hold_seconds,
        timeouts=tuple(
            Timeout(
                f"budgets.{field}",
                getattr(budgets, field),
                step,
                step_named(step).timeout_seconds,
            )
            for field, step in SPENT_IN.items()
        ),
    )
