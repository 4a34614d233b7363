"""May a failover start by itself? By the age of the last one that worked, where that is limited."""

from landbridge.adapters.environment import settings
from landbridge.adapters.notifications import publish
from landbridge.adapters.runs import recent_records
from landbridge.domain.drill_age import (
    RECENT_RUNS,
    last_drill,
    why_automatic_is_off,
    why_drill_is_unknown,
)
from landbridge.domain.errors import LandbridgeError

__all__ = ["automatic_off", "tell_that_it_is_off"]

_SUBJECT = "landbridge: AWS may be down, and no failover was started"
_BY_HAND = "landbridge failover --reason TEXT --watch"


def automatic_off(now: float) -> str:
    """Return why none may, empty where one may; runs that cannot be read turn nothing off."""
    limit_days = settings().budgets.drill_age_days
    if not limit_days:
        return ""
    try:
        records = recent_records(RECENT_RUNS)
    except LandbridgeError:
        return ""
    if why_drill_is_unknown(records, limit_days, now):
        return ""
    return why_automatic_is_off(last_drill(records), limit_days, now)


def tell_that_it_is_off(reason: str) -> None:
    """Tell the operators that an outage is theirs; raise as ``publish`` does."""
    publish(_SUBJECT, f"{reason}.\nNext: landbridge status; if AWS is down: {_BY_HAND}.\n")
