"""What may be asked of a rehearsal, read strictly."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from landbridge.domain.errors import InvalidEventError
from landbridge.domain.foreign import shown, shown_name

__all__ = [
    "ACTS",
    "LONGEST_SECONDS",
    "SHORTEST_SECONDS",
    "RehearsalRequest",
    "Wish",
    "parse_rehearsal_request",
]

SHORTEST_SECONDS, LONGEST_SECONDS = 60, 7200
_RUN = re.compile(r"rehearsal-[a-z0-9-]{1,80}")
_ORDER = re.compile(r"[0-9a-f-]{36}")
_REMEDY = "use landbridge rehearse"


class Wish(StrEnum):
    """What is asked for: to ``clean`` is to remove also what another one's command watches."""

    OBSERVE = "observe"
    LOOK = "look"
    BEGIN = "begin"
    WATCH = "watch"
    REMOVE = "remove"
    CLEAN = "clean"
    KEEP = "keep"


# What the Function App does to the Job.
ACTS = (Wish.BEGIN, Wish.WATCH, Wish.REMOVE, Wish.CLEAN)


@dataclass(frozen=True)
class RehearsalRequest:
    """One request: ``order`` is the smoke check's, empty where there is none yet.

    ``report`` is the end of a rehearsal that is to be kept, as ``read_report`` reads it.
    """

    wish: Wish
    run: str = ""
    seconds: int = SHORTEST_SECONDS
    order: str = ""
    report: Any = None


def parse_rehearsal_request(event: Any) -> RehearsalRequest:
    """Return the request; raise InvalidEventError, which names the field."""
    if not isinstance(event, Mapping):
        raise InvalidEventError("the event is no object", _REMEDY)
    for name in sorted(set(event) - {"action", "run", "seconds", "order", "report"}):
        raise InvalidEventError(f"{shown_name(name)}: there is no such field", _REMEDY)
    action = event.get("action")
    if not isinstance(action, str) or action not in [*Wish]:
        raise InvalidEventError(f"action: {shown(action)} is none", f"one of {', '.join(Wish)}")
    wish = Wish(action)
    acts = wish in {*ACTS, Wish.KEEP}
    run, order = event.get("run", ""), event.get("order", "")
    if acts and not _fits(_RUN, run):
        raise InvalidEventError(f"run: {shown(run)} is no rehearsal's name", _REMEDY)
    if order and not _fits(_ORDER, order):
        raise InvalidEventError(f"order: {shown(order)} is no order's id", _REMEDY)
    seconds = event.get("seconds", SHORTEST_SECONDS)
    if type(seconds) is not int or not SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS:
        wanted = f"a whole number from {SHORTEST_SECONDS} to {LONGEST_SECONDS}"
        raise InvalidEventError(f"seconds: {shown(seconds)} does not fit", f"it is {wanted}")
    report = event.get("report")
    if isinstance(report, Mapping) != (wish is Wish.KEEP):
        raise InvalidEventError("report: it goes with keep, and is an object", _REMEDY)
    return RehearsalRequest(wish, run if acts else "", seconds, order or "", report)


def _fits(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None
