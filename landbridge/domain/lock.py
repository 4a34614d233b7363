"""The run lock: one run at a time, by epoch, with a lease so that a dead run does not hold it.

Every mutating step carries the run's epoch; a holder whose epoch is not the lock's is refused.
"""

from dataclasses import dataclass, replace

from landbridge.domain.errors import InvalidEventError, LockHeldError, StaleEpochError

__all__ = ["RunLock", "Taking", "check_holder", "decide_release", "decide_renew", "decide_take"]


@dataclass(frozen=True)
class RunLock:
    """Who runs: ``holder`` is the run's id (empty: free), times are epoch seconds."""

    holder: str
    epoch: int
    lease_seconds: int
    renewed_at: float

    def expired(self, now: float) -> bool:
        """Whether the lease has run out at ``now``."""
        return now >= self.renewed_at + self.lease_seconds


@dataclass(frozen=True)
class Taking:
    """A person's word that this run, in this epoch, is dead although its lease lasts."""

    holder: str
    epoch: int
    reason: str


def decide_take(
    lock: RunLock | None,
    gate_epoch: int,
    holder: str,
    lease_seconds: int,
    now: float,
    *,
    taking: Taking | None = None,
) -> RunLock:
    """Return the lock to write for ``holder``: a new epoch, or its own again where it holds it.

    Raises LockHeldError while another run's lease lasts, unless it is the one that ``taking``
    names; InvalidEventError for a nameless run.
    """
    if not holder:
        raise InvalidEventError("holder: missing, and a free lock is the one that nobody holds")
    if lock is not None and lock.holder == holder:
        return replace(lock, lease_seconds=lease_seconds, renewed_at=now)
    dead = taking is not None and lock is not None and _names(taking, lock)
    if lock is not None and lock.holder and not lock.expired(now) and not dead:
        left = lock.renewed_at + lock.lease_seconds - now
        raise LockHeldError(
            f"run {lock.holder} holds the lock in epoch {lock.epoch}, for {left:.0f} s more",
            f"follow that run, or wait {left:.0f} s for its lease to run out",
        )
    newest = max(gate_epoch, lock.epoch if lock else 0)
    return RunLock(holder, newest + 1, lease_seconds, now)


def _names(taking: Taking, lock: RunLock) -> bool:
    # A run that took the lock after the person looked is another one.
    return (taking.holder, taking.epoch) == (lock.holder, lock.epoch)


def check_holder(lock: RunLock | None, holder: str, epoch: int) -> RunLock:
    """Return the lock where ``holder`` has it in ``epoch``; raise StaleEpochError otherwise."""
    if not holder or lock is None or lock.holder != holder or lock.epoch != epoch:
        has = f"{lock.holder or 'nobody'} in epoch {lock.epoch}" if lock else "nobody"
        raise StaleEpochError(
            f"run {holder} in epoch {epoch} does not hold the run lock: {has} does",
            "nothing was changed; start the machine again to go on from what is true",
        )
    return lock


def decide_renew(lock: RunLock | None, holder: str, epoch: int, now: float) -> RunLock:
    """Return the lock with its lease begun anew; raise StaleEpochError."""
    return replace(check_holder(lock, holder, epoch), renewed_at=now)


def decide_release(lock: RunLock | None, holder: str, now: float) -> RunLock | None:
    """Return the freed lock to write, or None where ``holder`` does not hold it (any more).

    The epoch stays, so that the next run's is higher.
    """
    if not holder or lock is None or lock.holder != holder:
        return None
    return replace(lock, holder="", renewed_at=now)
