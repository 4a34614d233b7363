"""The fence: layers that keep AWS from acknowledging writes, and the evidence each one leaves."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["FenceEvidence", "FenceResult", "acknowledgements_stopped"]


class FenceResult(StrEnum):
    """How one layer went."""

    DONE = "done"
    UNREACHABLE = "unreachable"
    FAILED = "failed"


@dataclass(frozen=True)
class FenceEvidence:
    """One layer (``sql`` or ``pods``), how it went, and what was seen."""

    layer: str
    result: FenceResult
    detail: str
    final_lsn: int | None = None


def acknowledgements_stopped(evidence: Iterable[FenceEvidence], *, synchronous: bool) -> str | None:
    """Return why AWS may still acknowledge writes after promotion, or None where it cannot.

    In sync mode a promoted Azure confirms nothing to AWS any more, so AWS's commits wait for ever:
    the fence is evidence, not a condition. In async mode the database must be read-only.
    """
    if synchronous:
        return None
    sql = next((e for e in evidence if e.layer == "sql"), None)
    if sql is not None and sql.result is FenceResult.DONE:
        return None
    seen = f"{sql.result.value}: {sql.detail}" if sql else "not tried"
    return f"AWS's database could not be made read-only ({seen}) and replication is async"
