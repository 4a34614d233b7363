"""The one screen for 3 am as data: where the world stands, as far as it could be seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from landbridge.domain.drill_age import LAST_DRILL
from landbridge.domain.gate import GateState
from landbridge.domain.preflight.check import Check, Result, worst

__all__ = ["PreflightReport", "RunLook", "Status", "gate_of_vetoes", "read_report"]

# A report is made each minute: an older one tells that the preflight does not run.
FRESH_SECONDS = 120.0


@dataclass(frozen=True)
class PreflightReport:
    """The last preflight: ``at`` in epoch seconds; ``active`` is who took writes then."""

    at: float
    active: str
    active_reason: str
    gate: Mapping[str, Any] | None
    gate_reason: str
    lag_bytes: int | None
    lag_seconds: float | None
    checks: tuple[Check, ...]

    @property
    def result(self) -> Result:
        """The worst of its checks."""
        return worst(self.checks)

    def red(self) -> list[Check]:
        """Return what is not as it should be, worst first."""
        order = (Result.FAIL, Result.UNKNOWN, Result.WARN)
        return [check for result in order for check in self.checks if check.result is result]

    def automatic_off(self) -> str:
        """Return why no failover starts by itself, empty where one may."""
        check = self.named(LAST_DRILL)
        return check.reason if check is not None and check.result is Result.FAIL else ""

    def named(self, name: str) -> Check | None:
        """Return the check of that name."""
        return next((check for check in self.checks if check.name == name), None)


@dataclass(frozen=True)
class RunLook:
    """The run that is on, or the last one. ``step`` is what it does now, in words.

    ``outcome`` is recovered, refused or failed (of a GameDay its mark), empty while it runs;
    ``reason`` begins with the error's name where there was one; times in epoch seconds.
    """

    name: str
    flow: str
    running: bool
    started_at: float
    ended_at: float | None
    step: str = ""
    waits_for_approval: bool = False
    outcome: str = ""
    reason: str = ""
    message: str = ""


@dataclass(frozen=True)
class Status:
    """What could be seen at ``at``. ``unseen`` says, by the part, why one could not.

    ``gate`` is live; the report's gate has the epoch, and may be a minute older. ``gameday`` is the
    one that is on, or the last one.
    """

    at: float
    gate: GateState | None
    dns: str
    report: PreflightReport | None
    run: RunLook | None
    unseen: Mapping[str, str]
    gameday: RunLook | None = None


def gate_of_vetoes(aws: bool | None, azure: bool | None) -> GateState | None:  # noqa: FBT001 - two bits
    """Return the gate whose two vetoes these are; None where they tell nothing.

    A gate that was never written, or that the Function App cannot read, vetoes nothing.
    """
    if aws is None or azure is None or not (aws or azure):
        return None
    if aws and azure:
        return GateState.ENGAGED
    return GateState.OPEN if aws else GateState.CLOSED


def read_report(document: Mapping[str, Any]) -> PreflightReport:
    """Return the report as the Lambda answers it; KeyError or ValueError for something else."""
    return PreflightReport(
        at=float(document["at"]),
        active=str(document["active"]),
        active_reason=str(document["active_reason"]),
        gate=document["gate"],
        gate_reason=str(document["gate_reason"]),
        lag_bytes=document["lag_bytes"],
        lag_seconds=document["lag_seconds"],
        checks=tuple(
            Check(one["name"], Result(one["result"]), one["reason"], one["remedy"])
            for one in document["checks"]
        ),
    )
