"""The fence: layers that keep AWS from acknowledging writes, and the evidence each one leaves."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from landbridge.domain.errors import LandbridgeError, TransientError

__all__ = [
    "FenceEvidence",
    "FenceResult",
    "done_layer",
    "failed_layer",
    "fence_answer",
    "why_not_fenced",
]


class FenceResult(StrEnum):
    """How one layer went."""

    DONE = "done"
    UNREACHABLE = "unreachable"
    FAILED = "failed"


@dataclass(frozen=True)
class FenceEvidence:
    """One layer (``sql``, ``pods`` or ``database``), how it went, and what was seen."""

    layer: str
    result: FenceResult
    detail: str
    final_lsn: int | None = None


def done_layer(layer: str, detail: str, final_lsn: int | None = None) -> FenceEvidence:
    """Return the evidence of a layer that worked."""
    return FenceEvidence(layer, FenceResult.DONE, detail, final_lsn)


def failed_layer(layer: str, error: LandbridgeError) -> FenceEvidence:
    """Return the evidence of a layer that did not work. A refusal is an answer, silence is not."""
    silent = isinstance(error, TransientError)
    result = FenceResult.UNREACHABLE if silent else FenceResult.FAILED
    return FenceEvidence(layer, result, error.message)


def why_not_fenced(
    evidence: Iterable[FenceEvidence], *, synchronous: bool, planned: bool = False
) -> str | None:
    """Return why AWS may still acknowledge writes after promotion, or None where it cannot.

    In sync mode a promoted Azure confirms nothing to AWS any more, so AWS's commits wait for ever:
    the fence is evidence, not a condition. In async mode, and for a planned switchover, the
    database must be read-only.
    """
    if synchronous and not planned:
        return None
    sql = next((e for e in evidence if e.layer == "sql"), None)
    if sql is not None and sql.result is FenceResult.DONE:
        return None
    seen = f"{sql.result.value}: {sql.detail}" if sql else "not tried"
    need = "a switchover holds its writes first" if planned else "replication is async"
    return f"AWS's database could not be made read-only ({seen}) and {need}"


def fence_answer(evidence: Sequence[FenceEvidence], fenced_at: float) -> dict[str, Any]:
    """Return ``{"evidence", "final_lsn", "fenced_at"}``; the database's layer is the first.

    ``fenced_at`` (epoch seconds) is when it began: in a planned switchover the users' wait does.
    """
    return {
        "evidence": [asdict(one) for one in evidence],
        "final_lsn": evidence[0].final_lsn,
        "fenced_at": fenced_at,
    }
