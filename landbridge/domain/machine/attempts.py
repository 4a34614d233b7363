"""Is a failed state tried again, caught, or the end? Source: Amazon States Language, "Errors".

Names are matched in the order of the retriers and catchers. ``States.ALL`` matches everything but
``States.DataLimitExceeded`` and ``States.Runtime``; ``States.TaskFailed`` everything but a timeout.
"""

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["catcher_of", "retry_of"]

_UNCATCHABLE = frozenset({"States.DataLimitExceeded", "States.Runtime"})
_INTERVAL_SECONDS, _MAX_ATTEMPTS, _BACKOFF_RATE = 1, 3, 2.0


def _matches(names: Iterable[str], error: str) -> bool:
    for name in names:
        if name == error:
            return True
        if name == "States.ALL" and error not in _UNCATCHABLE:
            return True
        if name == "States.TaskFailed" and error != "States.Timeout" and error not in _UNCATCHABLE:
            return True
    return False


def retry_of(
    state: Mapping[str, Any], error: str, retried: tuple[int, ...]
) -> tuple[tuple[int, ...], float] | None:
    """Return the counts with this retry, and the seconds before it; None where there is none."""
    retriers = state.get("Retry", [])
    counts = [*retried, *[0] * (len(retriers) - len(retried))]
    for index, retrier in enumerate(retriers):
        if not _matches(retrier["ErrorEquals"], error):
            continue
        if counts[index] >= retrier.get("MaxAttempts", _MAX_ATTEMPTS):
            return None
        wait_seconds = retrier.get("IntervalSeconds", _INTERVAL_SECONDS) * (
            retrier.get("BackoffRate", _BACKOFF_RATE) ** counts[index]
        )
        counts[index] += 1
        limit = retrier.get("MaxDelaySeconds", wait_seconds)
        return tuple(counts), float(min(wait_seconds, limit))
    return None


def catcher_of(state: Mapping[str, Any], error: str) -> Mapping[str, Any] | None:
    """Return the first catcher for that error, or None."""
    for catcher in state.get("Catch", []):
        if _matches(catcher["ErrorEquals"], error):
            return dict(catcher)
    return None
