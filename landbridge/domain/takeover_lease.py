"""Before a takeover's first step: whether another run is on, and what to do about its lock.

A run that lives renews its lease; one that died half way, with AWS's control plane, does not. So
a takeover waits until the lease it found has run out, and no longer. Whether a run lives is all
that is decided here: who gets the lock is decided where it is kept, when the step asks for it.
"""

from dataclasses import dataclass
from enum import StrEnum

from landbridge.domain.lock import RunLock, Taking

__all__ = ["LeaseAct", "LeaseDecision", "decide_lease"]

# The pod's clock and that of whoever decides on the lock are not the same.
MARGIN_SECONDS = 1.0


class LeaseAct(StrEnum):
    """What to do before the first step."""

    GO_ON = "go on"
    WAIT = "wait"
    TAKE = "take"


@dataclass(frozen=True)
class LeaseDecision:
    """``taking`` is there where a person lets this run take the lock."""

    act: LeaseAct
    reason: str
    taking: Taking | None = None


def decide_lease(
    first: RunLock | None,
    seen: RunLock | None,
    run: str,
    now: float,
    *,
    waited_seconds: float = 0.0,
    take_lock: str = "",
) -> LeaseDecision:
    """Decide by the lock as it was ``first`` found and as it is ``seen`` now, epoch seconds.

    However wrong a clock is, nobody waits longer than a whole lease.
    """
    if seen is None or not seen.holder:
        return LeaseDecision(LeaseAct.GO_ON, "nobody holds the run lock")
    if seen.holder == run:
        return LeaseDecision(LeaseAct.GO_ON, "this run holds the lock already")
    who = f"run {seen.holder} holds the lock in epoch {seen.epoch}"
    lease = seen.lease_seconds + MARGIN_SECONDS
    left = min(seen.renewed_at + lease - now, lease - waited_seconds)
    if left <= 0:
        return LeaseDecision(LeaseAct.GO_ON, f"{who}, and its lease has run out")
    if take_lock:
        taking = Taking(seen.holder, seen.epoch, take_lock)
        return LeaseDecision(LeaseAct.TAKE, f"{who}; it is taken from it: {take_lock}", taking)
    if first is not None and first != seen:
        return LeaseDecision(LeaseAct.GO_ON, f"{who} and lives: it wrote it just now")
    return LeaseDecision(LeaseAct.WAIT, f"{who}; waiting {left:.0f} s for its lease to run out")
