"""The way home, as the drill hands it to the report. Times in epoch seconds, lengths in seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lab.report.model import Outcome, Step

__all__ = ["Failback", "Rebuild"]


@dataclass(frozen=True)
class Rebuild:
    """How one site's database became a standby: the method, why that one, and what it took."""

    name: str
    why: str
    bytes: int
    seconds: float


@dataclass(frozen=True)
class Failback:
    """One failback.

    The hold is what users lived through: ``last_azure_write`` to ``first_aws_write``, each the
    time of an acknowledgement. ``unprotected_seconds`` is how long the serving site had no
    standby that streamed: from the fault on, and from AWS's promotion on. ``resequenced`` are the
    sequences that were moved, as the step tells them.
    """

    run: str
    outcome: "Outcome"
    reason: str | None
    started: float
    ended: float
    aws_back: float
    last_azure_write: float | None = None
    first_aws_write: float | None = None
    writes_by_aws: int = 0
    hold_budget_seconds: float = 0.0
    method_aws: Rebuild | None = None
    method_azure: Rebuild | None = None
    forked_rows: int = 0
    resequenced: tuple[Mapping[str, Any], ...] = ()
    unprotected_seconds: float | None = None
    seconds: Mapping[str, float | None] = field(default_factory=dict)
    steps: "tuple[Step, ...]" = ()

    @property
    def hold_seconds(self) -> float | None:
        """How long nobody's write was acknowledged; None where AWS never took one."""
        if self.last_azure_write is None or self.first_aws_write is None:
            return None
        return max(0.0, self.first_aws_write - self.last_azure_write)
