"""The schedule's faults as a judge sees them: which began, what each does, and until when."""

from collections.abc import Mapping, Sequence

from lab.faults.asking import Asked
from lab.faults.schedule import Event
from lab.judgement.evidence import FaultSeen

__all__ = ["faults_seen"]

# What ends a fault before its own end does, by their names.
_ENDED_BY = {"region-loss": "aws-returns"}


def faults_seen(
    asked: Sequence[Asked], events: Sequence[Event], replication: str
) -> tuple[FaultSeen, ...]:
    """Return the faults that began, each with its end where it had one.

    An AWS that returned is not lost any more, though the drill ends that fault at the repair.
    """
    by_words = {str(one): one for one in asked}
    found = []
    for number, event in enumerate(events):
        if event.what == "began":
            one, after = by_words[event.fault], events[number + 1 :]
            ends = (later.at for later in after if _ends(later, one, by_words))
            effect = one.effect(replication).value
            found.append(FaultSeen(event.fault, effect, event.at, next(ends, None)))
    return tuple(found)


def _ends(event: Event, one: Asked, by_words: Mapping[str, Asked]) -> bool:
    if event.what == "ended":
        return event.fault == str(one)
    return by_words[event.fault].fault.name == _ENDED_BY.get(one.fault.name)
