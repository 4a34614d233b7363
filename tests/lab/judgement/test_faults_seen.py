"""What a judge is told of the faults: which began, what each does to users, and until when."""

from lab.drill.faults_seen import faults_seen
from lab.faults.asking import parse_fault
from lab.faults.schedule import Event
from lab.judgement.evidence import FaultSeen


def seen(*events: Event, replication: str = "sync") -> tuple[FaultSeen, ...]:
    """Return the faults of a schedule that these events are of."""
    asked = tuple(parse_fault(one) for one in sorted({event.fault for event in events}))
    return faults_seen(asked, events, replication)


def test_a_region_is_lost_until_it_returns() -> None:
    """AWS that is back may serve: what is repaired much later is no outage of all that time."""
    lost, back = "region-loss", "aws-returns@+3s"
    (loss, *_) = seen(
        Event(10.0, lost, "began"),
        Event(13.0, back, "began"),
        Event(90.0, back, "ended"),
        Event(90.1, lost, "ended"),
    )

    assert loss == FaultSeen(lost, "outage", 10.0, 13.0)


def test_a_fault_lasts_until_its_own_end() -> None:
    """Another one's end, or a return of AWS that does not mend it, ends nothing."""
    ill, back = "health-only", "aws-returns@+3s"
    (first, *_) = seen(
        Event(10.0, ill, "began"),
        Event(13.0, back, "began"),
        Event(14.0, back, "ended"),
        Event(20.0, ill, "ended"),
    )
    (open_end,) = seen(Event(10.0, ill, "began"))

    assert (first.ended_at, open_end.ended_at) == (20.0, None)
