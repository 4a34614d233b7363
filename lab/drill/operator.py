"""The operator of a drill: does what the end of a run says, and no more than a few times.

What to do next is a pure decision over what such a person sees; nothing here knows how a fault was
made. Each act is counted: it is a manual step of the drill's report.
"""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["LOCK_HELD", "Act", "Seen", "next_act"]

MOST_RESUMES = 3
# Its message says who holds the lock, and for how long.
LOCK_HELD = "LockHeldError"


class Act(StrEnum):
    """What the operator does next; the value is what the report says of it."""

    NOTHING = "nothing is left to do"
    ACCEPT_LOSS = "accepts that writes may be lost: failover --accept-data-loss"
    REPAIR = "has everything repaired but what the workload is moved away from"
    WAIT = "waits until the lease of a run that is no more has run out"
    RESUME = "goes on: failover --resume"
    REPAIR_ALL = "has everything repaired, AWS too"


@dataclass(frozen=True)
class Seen:
    """What the operator sees: how the last run ended, and what was done so far.

    ``error`` is the last run's, empty where it succeeded, ``NoRun`` where none began. ``broken``
    is whether a fault is on that is not the outage itself; ``aws_lost`` whether the outage is on.
    ``moved`` is whether the gate says that Azure serves, ``stuck`` whether it says neither.
    """

    error: str
    broken: bool
    aws_lost: bool
    moved: bool
    stuck: bool
    acts: tuple[Act, ...] = ()


def next_act(seen: Seen) -> Act:
    """Return what comes next. It ends: each act is done once, resuming ``MOST_RESUMES`` times."""
    if not seen.error:
        return Act.NOTHING
    unfenced = seen.error == "FenceUnconfirmedError" and seen.aws_lost
    if unfenced and Act.ACCEPT_LOSS not in seen.acts:
        return Act.ACCEPT_LOSS
    if seen.error == LOCK_HELD and Act.WAIT not in seen.acts:
        return Act.WAIT
    if seen.broken and Act.REPAIR not in seen.acts:
        return Act.REPAIR
    resumed = seen.acts.count(Act.RESUME)
    if (seen.aws_lost or seen.moved) and resumed < MOST_RESUMES - 1:
        return Act.RESUME
    if (seen.aws_lost or seen.broken) and Act.REPAIR_ALL not in seen.acts:
        return Act.REPAIR_ALL
    if (seen.stuck or seen.moved) and resumed < MOST_RESUMES:
        return Act.RESUME
    return Act.NOTHING
