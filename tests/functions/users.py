"""The users of the world in memory: they write wherever they can, and keep what was acknowledged.

Their caches are the worst there are: who was ever sent to a site goes on asking it. What they may
never see is asserted at each of their writes.
"""

import copy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.functions.sites import Sites

__all__ = ["Users"]


class Users:
    """``acknowledged``: each order's site and epoch; ``sent_to``: the sites that DNS ever named."""

    def __init__(self) -> None:
        self.acknowledged: dict[str, tuple[str, int]] = {}
        self.sent_to = {"aws"}
        self.newest_epoch = 0
        self.site_of_epoch: dict[int, str] = {}
        self._orders = 0

    def copied(self) -> "Users":
        """Return a copy."""
        made = copy.copy(self)
        made.acknowledged, made.sent_to = dict(self.acknowledged), set(self.sent_to)
        made.site_of_epoch = dict(self.site_of_epoch)
        return made

    def write(self, world: "Sites") -> None:
        """Let a user of each site try an order; assert that it is no split brain."""
        self.sent_to.add(world.dns)
        heard = [site for site in sorted(self.sent_to) if self._order(world, site)]
        assert len(heard) < 2, "both sites acknowledged a write at one moment"

    def _order(self, world: "Sites", site: str) -> bool:
        database = world.database(site)
        if not world.reaches(site):
            return False
        # A transaction that began before writes were held commits, unless its session is ended.
        waiting = bool(database.sessions) and database.up and not database.in_recovery
        begins = world.serves(site)
        database.sessions = int(begins or waiting)
        if not (begins or waiting):
            return False
        self._orders += 1
        order = f"order-{self._orders}"
        if not database.commit("row", order, {"id": order, "site": site}):
            return False
        self.acknowledged[order] = (site, database.epoch)
        self._check(site, database.epoch)
        return True

    def _check(self, site: str, epoch: int) -> None:
        assert epoch >= self.newest_epoch, (
            f"{site} acknowledged in epoch {epoch}, after epoch {self.newest_epoch} had"
        )
        first = self.site_of_epoch.setdefault(epoch, site)
        assert first == site, f"{first} and {site} both acknowledged in epoch {epoch}"
        self.newest_epoch = epoch

    def missing(self, world: "Sites", site: str) -> set[str]:
        """Return the acknowledged orders that the site does not have."""
        return set(self.acknowledged) - set(world.database(site).rows)
