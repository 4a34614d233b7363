"""How late the name server answers: at once, or as one that is overloaded."""

import math
import random
from collections.abc import Mapping
from typing import Any

__all__ = ["Slowness"]


class Slowness:
    """Each query waits its own time, drawn between two bounds; ``set`` changes them."""

    def __init__(self) -> None:
        self._least_seconds = self._most_seconds = 0.0
        self._random = random.Random(0)  # noqa: S311 - a queue's, not secrets

    def set(self, document: Mapping[str, Any]) -> None:
        """Take ``{"least_seconds", "most_seconds", "seed"}``; ValueError names the field."""
        least, most = float(document["least_seconds"]), float(document["most_seconds"])
        if not 0 <= least <= most < math.inf:
            raise ValueError(f"least_seconds, most_seconds: not 0 <= {least} <= {most}")
        self._random = random.Random(int(document["seed"]))  # noqa: S311 - as above
        self._least_seconds, self._most_seconds = least, most

    def waits(self) -> float:
        """Return how long the next query waits, in seconds."""
        if not self._most_seconds:
            return 0.0
        return self._random.uniform(self._least_seconds, self._most_seconds)
