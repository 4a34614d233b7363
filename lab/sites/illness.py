"""How ill an entry is: not, all the time, or now and then.

The entry reads it as JSON before each request, one complaint for each cause that has its say.
"""

import json
import random
from collections.abc import Collection
from dataclasses import asdict, dataclass

__all__ = ["Complaint", "is_ill", "read_complaints", "written"]


@dataclass(frozen=True)
class Complaint:
    """Ill from ``begun_at`` (epoch seconds) on, for good; or well again and ill again, by turns.

    A turn lasts between ``shortest_seconds`` and ``longest_seconds``, as ``seed`` decides;
    0 is for good.
    """

    begun_at: float
    shortest_seconds: float = 0.0
    longest_seconds: float = 0.0
    seed: int = 0

    def shows(self, now: float) -> bool:
        """Whether it is an ill turn at ``now``."""
        if not self.longest_seconds:
            return True
        chance = random.Random(self.seed)  # noqa: S311 - a fault's, not secrets
        ill, turned_at = True, self.begun_at
        while True:
            turned_at += chance.uniform(self.shortest_seconds, self.longest_seconds)
            if now < turned_at:
                return ill
            ill = not ill


def is_ill(complaints: Collection[Complaint], now: float) -> bool:
    """Whether any complaint shows at ``now``."""
    return any(complaint.shows(now) for complaint in complaints)


def written(complaints: Collection[Complaint]) -> str:
    """Return the text that ``read_complaints`` reads back."""
    return json.dumps([asdict(complaint) for complaint in complaints])


def read_complaints(text: str) -> tuple[Complaint, ...]:
    """Return the complaints in the text."""
    return tuple(Complaint(**fields) for fields in json.loads(text))
