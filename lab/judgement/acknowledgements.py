"""What the users' ledger tells of two sites: whose acknowledgement came when another one's counted.

The report's promises have their own reading of the same ledger (``lab.users.verdict``).
"""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate

from lab.users.ledger import Write

__all__ = ["from_a_second_site"]


def from_a_second_site(acknowledged: Iterable[Write]) -> tuple[str, ...]:
    """Return the ids of writes that a site acknowledged which was not the one to do so.

    Another site acknowledged first in the same epoch, or in a newer one before this was sent.
    """
    acks = sorted(acknowledged, key=_ended)
    first: dict[int | None, str | None] = {}
    for one in acks:
        first.setdefault(one.epoch, one.site)
    newest = {site: _newest(acks, site) for site in {one.site for one in acks}}
    return tuple(
        one.id
        for one in acks
        if first[one.epoch] != one.site
        or any(
            _newest_before(seen, _sent(one)) > (one.epoch or 0)
            for site, seen in newest.items()
            if site != one.site
        )
    )


_Seen = tuple[list[float], list[int]]


def _newest(acks: list[Write], site: str | None) -> _Seen:
    """Return when the site acknowledged, and the newest epoch in which it had until then."""
    mine = [one for one in acks if one.site == site]
    epochs = accumulate((one.epoch or 0 for one in mine), max)
    return [_ended(one) for one in mine], list(epochs)


def _newest_before(seen: _Seen, at: float) -> int:
    ended, epochs = seen
    count = bisect_left(ended, at)
    return epochs[count - 1] if count else 0


def _ended(write: Write) -> float:
    return write.started if write.ended is None else write.ended


def _sent(write: Write) -> float:
    # The attempt's start is earlier than the sending: the milder reading where it is not known.
    return write.started if write.sent is None else write.sent
