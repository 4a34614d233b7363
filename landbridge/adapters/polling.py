"""The one way to wait inside a step: bounded, and quick to notice."""

import time
from collections.abc import Callable
from typing import TypeVar

__all__ = ["INTERVAL_SECONDS", "poll"]

INTERVAL_SECONDS = 0.15

Found = TypeVar("Found")


def poll(
    look: Callable[[], Found | None],
    timeout_seconds: float,
    *,
    interval_seconds: float = INTERVAL_SECONDS,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Found | None:
    """Return the first thing ``look`` finds, or None when ``timeout_seconds`` have passed.

    It looks at least once, and once more at the deadline.
    """
    deadline = clock() + timeout_seconds
    while True:
        found = look()
        if found is not None:
            return found
        left = deadline - clock()
        if left <= 0:
            return None
        sleep(min(interval_seconds, left))
