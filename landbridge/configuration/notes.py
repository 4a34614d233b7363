"""What is allowed and should be known: consequences of a configuration that breaks no rule."""

from collections.abc import Iterator
from dataclasses import dataclass

from landbridge.configuration.derived import derived_from
from landbridge.configuration.models import Configuration

__all__ = ["Note", "notes_on"]


@dataclass(frozen=True)
class Note:
    """A consequence of what ``field`` says."""

    field: str
    text: str


def notes_on(configuration: Configuration) -> Iterator[Note]:
    """Yield each consequence."""
    yield from _regions(configuration)
    yield from _watchdog(configuration)
    if configuration.replication == "async":
        yield Note(
            "replication",
            "async loses what the standby had not received, and an AWS that cannot be reached is "
            "not failed over by itself, for it cannot be fenced",
        )


def _regions(configuration: Configuration) -> Iterator[Note]:
    alarm = configuration.health_region
    if configuration.orchestrator_region == alarm:
        yield Note(
            "orchestrator_region",
            f"alarm and orchestrator are both in {alarm}: while that region is down nothing begins "
            "by itself, and no run can be started there by hand",
        )
    if configuration.primary_region == alarm:
        yield Note(
            "primary_region",
            f"the alarm lives in {alarm}, which is what may be down: then the watchdog begins the "
            f"run, after {derived_from(configuration).watchdog_seconds} s at most",
        )


def _watchdog(configuration: Configuration) -> Iterator[Note]:
    budgets, derived = configuration.budgets, derived_from(configuration)
    if not budgets.watchdog_seconds:
        yield Note("budgets.watchdog_seconds", "an alarm that does not come starts nothing")
    elif budgets.watchdog_seconds < derived.detection_seconds:
        yield Note(
            "budgets.watchdog_seconds",
            f"the alarm may take {derived.detection_seconds:g} s, so the watchdog may ask first; "
            "such a run needs both probes' votes",
        )
