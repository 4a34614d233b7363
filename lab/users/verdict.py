"""What a ledger proves: pure functions over a history and over what the database still has.

Definitions (times are the client's own, so nothing that it judges keeps them):

acknowledged
    The service answered that the order is committed. A write that failed, timed out or was under
    way when the client was killed is not; its order may be there or not, both are allowed.
missing
    An acknowledged write that the database which serves now does not have: loss.
RPO
    How far back the loss reaches: from the acknowledgement of the oldest missing write to the last
    acknowledgement of the site that gave it; 0.0 where nothing is missing.
RTO
    From the first write that failed because of the fault to the first one that the new site
    acknowledged, after the fault. The first failed write is the earliest begun of those that ended
    in failure at or after the fault; where it had begun before the fault, the fault is its start.
    0.0 where no write failed before that acknowledgement, None where it never came.
acknowledged by both sites in one epoch
    Acknowledgements that show two sites taking writes at a time. The epoch in force when a write is
    sent is the highest one acknowledged before. An acknowledgement counts where another site had
    acknowledged a higher epoch before this write was sent, and where another site had already
    acknowledged the very same epoch.
"""

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from lab.users.ledger import History, Write

__all__ = ["Find", "Verdict", "judge", "two_sites_in_one_epoch"]

Find = Callable[[Collection[str]], set[str]]
"""Takes ids, returns those of them that the serving database has; raises when it can't tell."""


@dataclass(frozen=True)
class Verdict:
    """The judgement of one history; times in epoch seconds, ids in the order of their writes."""

    attempted: int
    acknowledged: int
    failed: int
    unanswered: int
    shed: int
    missing: int
    missing_ids: tuple[str, ...]
    rpo_seconds: float
    acknowledged_by_both_sites_in_one_epoch: int
    both_sites_ids: tuple[str, ...]
    unacknowledged_but_present: int
    acknowledged_by_old_site_before_fault: int
    acknowledged_by_new_site: int
    rto_seconds: float | None
    first_failed_at: float | None
    first_new_site_at: float | None
    last_old_site_at: float | None
    last_new_site_at: float | None
    failed_after_first_new_site: int
    failures: dict[str, int]


def judge(
    history: History, find: Find, *, fault_at: float, old_site: str = "aws", new_site: str = "azure"
) -> Verdict:
    """Judge the history of one failover from ``old_site`` to ``new_site``."""
    acked = [write for write in history.writes if write.acknowledged]
    others = [write for write in history.writes if not write.acknowledged]
    failed = [write for write in others if write.reason is not None]
    present = _present(find, [write.id for write in history.writes])
    missing = [write for write in acked if write.id not in present]
    both = two_sites_in_one_epoch(acked)
    old_ends = [_end(write) for write in acked if write.site == old_site]
    new_ends = [_end(write) for write in acked if write.site == new_site]
    first_failed = _first_failed(failed, fault_at)
    first_new = min((end for end in new_ends if end >= fault_at), default=None)
    return Verdict(
        attempted=len(history.writes),
        acknowledged=len(acked),
        failed=len(failed),
        unanswered=len(others) - len(failed),
        shed=len(history.shed),
        missing=len(missing),
        missing_ids=tuple(write.id for write in missing),
        rpo_seconds=_rpo_seconds(missing, acked),
        acknowledged_by_both_sites_in_one_epoch=len(both),
        both_sites_ids=both,
        unacknowledged_but_present=sum(write.id in present for write in others),
        acknowledged_by_old_site_before_fault=sum(end < fault_at for end in old_ends),
        acknowledged_by_new_site=len(new_ends),
        rto_seconds=_rto_seconds(first_failed, first_new),
        first_failed_at=first_failed,
        first_new_site_at=first_new,
        last_old_site_at=max(old_ends, default=None),
        last_new_site_at=max(new_ends, default=None),
        failed_after_first_new_site=_failed_after(failed, first_new),
        failures=_by_reason(failed),
    )


def _end(write: Write) -> float:
    if write.ended is None:
        raise ValueError(f"write {write.id} has not ended")
    return write.ended


def _sent(write: Write) -> float:
    # The attempt's start is earlier than the sending: the milder reading where it is not known.
    return write.started if write.sent is None else write.sent


def _present(find: Find, ids: Collection[str]) -> set[str]:
    present = find(ids)
    strange = present - set(ids)
    if strange:
        raise ValueError(f"find returned ids that nobody asked for: {sorted(strange)[:3]}")
    return present


def two_sites_in_one_epoch(acknowledged: Iterable[Write]) -> tuple[str, ...]:
    """Return the ids whose acknowledgement shows two sites taking writes in one epoch."""
    acks = sorted(acknowledged, key=_end)
    by_sending = sorted(acks, key=_sent)
    highest: dict[str, int] = {}
    stale: set[str] = set()
    received = 0
    for write in by_sending:
        while received < len(acks) and _end(acks[received]) < _sent(write):
            seen = acks[received]
            highest[str(seen.site)] = max(highest.get(str(seen.site), 0), int(seen.epoch or 0))
            received += 1
        rivals = (epoch for site, epoch in highest.items() if site != write.site)
        if max(rivals, default=0) > int(write.epoch or 0):
            stale.add(write.id)
    owner: dict[int | None, str | None] = {}
    for write in acks:
        if owner.setdefault(write.epoch, write.site) != write.site:
            stale.add(write.id)
    return tuple(write.id for write in acks if write.id in stale)


def _rpo_seconds(missing: Iterable[Write], acknowledged: Sequence[Write]) -> float:
    return max((_last_beside(write, acknowledged) - _end(write) for write in missing), default=0.0)


def _last_beside(missing: Write, acknowledged: Sequence[Write]) -> float:
    """Return when the site acknowledged last before another one did, which may be the way home."""
    later = [(_end(one), one.site) for one in acknowledged if _end(one) >= _end(missing)]
    moved_at = min((end for end, site in later if site != missing.site), default=math.inf)
    return max(end for end, site in later if site == missing.site and end <= moved_at)


def _first_failed(failed: Iterable[Write], fault_at: float) -> float | None:
    starts = (max(write.started, fault_at) for write in failed if _end(write) >= fault_at)
    return min(starts, default=None)


def _rto_seconds(first_failed: float | None, first_new: float | None) -> float | None:
    if first_new is None:
        return None
    return 0.0 if first_failed is None else max(0.0, first_new - first_failed)


def _failed_after(failed: Iterable[Write], first_new: float | None) -> int:
    if first_new is None:
        return 0
    return sum(write.started >= first_new for write in failed)


def _by_reason(failed: Iterable[Write]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for write in failed:
        counts[str(write.reason)] = counts.get(str(write.reason), 0) + 1
    return dict(sorted(counts.items()))
