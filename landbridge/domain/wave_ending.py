"""How the waves ended, in words: each workload with its ending, and what to do next."""

from collections.abc import Iterable
from dataclasses import dataclass

from landbridge.domain.wave_turns import Outcome, WorkloadEnding

__all__ = ["WavesEnding", "describe_waves"]

_ARRIVED = {"failover": "Azure serves", "failback": "AWS serves"}
_WORDS = {
    Outcome.REFUSED: "refused",
    Outcome.FAILED: "failed",
    Outcome.NOT_BEGUN: "not begun",
    Outcome.UNKNOWN: "unknown",
}


@dataclass(frozen=True)
class WavesEnding:
    """``error`` is the execution's own, empty where all arrived.

    ``message`` lists every workload and ends with the next command. ``untold`` are the workloads
    that did not arrive: nobody else tells their operators the whole.
    """

    error: str
    reason: str
    subject: str
    message: str
    untold: tuple[str, ...]


def describe_waves(run: str, flow: str, endings: Iterable[WorkloadEnding]) -> WavesEnding:
    """Return the ending of the waves by those of the workloads."""
    rows = tuple(endings)
    lacking = tuple(one for one in rows if one.outcome is not Outcome.ARRIVED)
    arrived = len(rows) - len(lacking)
    subject = f"landbridge: {flow} of {len(rows)} workloads: {arrived} arrived"
    lines = "\n".join(_line(flow, one) for one in rows)
    reason = "; ".join(f"{one.workload} {_WORDS[one.outcome]}: {one.reason}" for one in lacking)
    again = f"landbridge {flow} --all: those that arrived find nothing to do"
    following = f"mend what is named, then again: {again}" if lacking else "landbridge status"
    message = f"{subject} (run {run})\n\n{lines}\nNext: {following}\n"
    return WavesEnding(
        error="WavesIncomplete" if lacking else "",
        reason=reason,
        subject=subject,
        message=message,
        untold=tuple(one.workload for one in lacking),
    )


def _line(flow: str, one: WorkloadEnding) -> str:
    said = _ARRIVED[flow] if one.outcome is Outcome.ARRIVED else _WORDS[one.outcome]
    run = f" (run {one.run})" if one.run else ""
    return f"{one.workload}: {said}{run}{f': {one.reason}' if one.reason else ''}"
