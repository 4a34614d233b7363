"""Look, decide, write; and again where somebody else wrote in between."""

from collections.abc import Callable
from typing import TypeVar

from landbridge.domain.errors import GateConflictError

# Two runs, or a run and its own repeated request, are all who ever meet here.
ATTEMPTS = 3

Answer = TypeVar("Answer")


def until_written(attempt: Callable[[], Answer]) -> Answer:
    """Return what ``attempt`` does; it looks anew each time. Raises its last GateConflictError."""
    for _ in range(ATTEMPTS - 1):
        try:
            return attempt()
        except GateConflictError:
            continue
    return attempt()
