"""The decisions that the model's actions take: the domain's own, and each safeguard taken away.

A safeguard is removed by putting another function in its place here; the domain stays as it is.
What no safeguard is made of (the situation, the promotion gate, where a failback begins) the
actions call themselves.
"""

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from lab.protocol.options import Safeguard
from lab.protocol.pair import PAIR, PLAIN_PAIR, Pair
from landbridge.domain.fence import FenceEvidence, why_not_fenced
from landbridge.domain.gate import Gate, GateState, decide_transition
from landbridge.domain.lock import RunLock, check_holder, decide_renew
from landbridge.domain.votes import Ballot, Verdict, tally

__all__ = ["Rules", "without"]


def _free_or_own(owner: str, run: str) -> bool:
    return owner in {"", run}


@dataclass(frozen=True)
class Rules:
    """Each decision that is a safeguard; the defaults are what the steps themselves call."""

    pair: Pair = PAIR
    renew: Callable[[RunLock | None, str, int, float], RunLock] = decide_renew
    holder: Callable[[RunLock | None, str, int], object] = check_holder
    transition: Callable[..., Gate] = decide_transition
    tally: Callable[[Iterable[Ballot]], Verdict] = tally
    why_not_fenced: Callable[..., str | None] = why_not_fenced
    # Whether an epoch is older than the one that a database has: landbridge/adapters/epochs.py.
    older_row: Callable[[int, int], bool] = operator.lt
    # Whether the advisory lock of landbridge/adapters/promotion.py may be had.
    key_free: Callable[[str, str], bool] = _free_or_own
    # Whether the fence is put up at all.
    fences: bool = True
    # Whether Azure is promoted read-only, until the epoch is committed.
    promotes_held: bool = True
    # Whether a lease outlasts the step that renewed it, as the configuration demands.
    lease_outlasts: bool = True
    # Whether a run engages only the gate that it looked at, and looks again under its lock.
    engages_as_seen: bool = True
    looks_again: bool = True


def _any_epoch(
    gate: Gate,
    lock: RunLock | None,  # noqa: ARG001 - whoever holds it
    to: GateState,
    *,
    epoch: int,
    holder: str,
    now: str,
    seen_epoch: int | None = None,  # noqa: ARG001 - an epoch too
) -> Gate:
    # As if the caller held the lock in an epoch newer than the gate's: the graph alone is left.
    newest = max(epoch, gate.epoch) + 1
    held = RunLock(holder, newest, lease_seconds=1, renewed_at=0.0)
    decided = decide_transition(gate, held, to, epoch=newest, holder=holder, now=now)
    return replace(decided, epoch=epoch)


def _one_alarm(ballots: Iterable[Ballot]) -> Verdict:
    return Verdict(True, "the alarm says so, and nobody else is asked", tuple(ballots))


def _nobody_asks(_evidence: Iterable[FenceEvidence], *, synchronous: bool) -> str | None:  # noqa: ARG001 - in either mode
    return None


def _as_it_is(lock: RunLock | None, _holder: str, _epoch: int, _now: float = 0.0) -> RunLock:
    return lock or RunLock("", 0, lease_seconds=1, renewed_at=0.0)


_ALL = Rules()
_WITHOUT: dict[Safeguard, Rules] = {
    Safeguard.LATCH: replace(_ALL, pair=PLAIN_PAIR),
    Safeguard.EPOCH: replace(
        _ALL,
        holder=_as_it_is,
        renew=_as_it_is,
        transition=_any_epoch,
        older_row=lambda _epoch, _than: False,
    ),
    Safeguard.VOTES: replace(_ALL, tally=_one_alarm),
    Safeguard.FENCE: replace(_ALL, why_not_fenced=_nobody_asks, fences=False),
    Safeguard.PROMOTION_LOCK: replace(_ALL, key_free=lambda _owner, _run: True),
    Safeguard.HELD_PROMOTION: replace(_ALL, promotes_held=False),
    Safeguard.LEASE: replace(_ALL, lease_outlasts=False),
    Safeguard.SEEN_GATE: replace(_ALL, engages_as_seen=False),
    Safeguard.SECOND_LOOK: replace(_ALL, looks_again=False),
}


def without(safeguard: Safeguard | None) -> Rules:
    """Return the rules with that safeguard taken away; None takes nothing away."""
    return _ALL if safeguard is None else _WITHOUT[safeguard]
