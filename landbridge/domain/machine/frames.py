"""Where an execution stands, as plain data: kept after each step, it can be gone on with.

::

    frame of the machine         {"state": "Move Workload", "branches": [frame, frame, frame], ...}
      frame of a branch          {"state": "Promote Standby", "retried": [2], ...}
      frame of a branch          {"state": "Scaling Ended", "ended": "succeeded", ...}
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from landbridge.domain.errors import InvalidEventError

__all__ = ["FAILED", "SUCCEEDED", "Due", "Frame", "Outcome", "parse_frame"]

SUCCEEDED, FAILED = "succeeded", "failed"


@dataclass(frozen=True)
class Frame:
    """``data`` is the state's raw input, of an ended frame its output.

    ``retried`` counts the retries of each retrier in the state; ``wait_seconds`` come before the
    next attempt (or are a Wait state's); ``ended`` is empty while the frame is on.
    """

    state: str
    data: Any = None
    retried: tuple[int, ...] = ()
    wait_seconds: float = 0.0
    branches: tuple["Frame", ...] = ()
    ended: str = ""
    error: str = ""
    cause: str = ""

    def document(self) -> dict[str, Any]:
        """Return the frame as JSON has it; ``parse_frame`` reads it."""
        return asdict(self)


@dataclass(frozen=True)
class Due:
    """One state that waits for the world: a Task to call, or, without a resource, a Wait.

    ``path`` says in which branch; ``attempt`` begins with 1; ``jitter``: wait any part of
    ``wait_seconds`` (ASL's ``"JitterStrategy": "FULL"``).
    """

    path: tuple[int, ...]
    state: str
    resource: str
    payload: Any
    timeout_seconds: float
    wait_seconds: float
    attempt: int
    jitter: bool


@dataclass(frozen=True)
class Outcome:
    """How a due state went: ``result``, or the error's name and cause."""

    result: Any = None
    error: str = ""
    cause: str = ""


def parse_frame(document: object) -> Frame:
    """Return the frame in its JSON; raise InvalidEventError, which says what is missing."""
    if not isinstance(document, Mapping) or not isinstance(document.get("state"), str):
        raise InvalidEventError("frame: no state", "begin a new run; this one's record is broken")
    try:
        branches = tuple(parse_frame(one) for one in document["branches"])
        retried = tuple(int(one) for one in document["retried"])
        fields = {**document, "branches": branches, "retried": retried}
        return Frame(**fields)
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidEventError(
            f"frame: {type(error).__name__}: {error}", "begin a new run; its record is broken"
        ) from None
