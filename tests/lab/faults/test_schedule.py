"""The words that ask for faults, and the clock that begins and ends them."""

import random
import threading
from typing import Any

import pytest

from lab.faults.fault import Effect, Fault, Scene
from lab.faults.schedule import Asked, Schedule, parse_fault

NOBODY: Any = None


def noting(name: str, notes: list[str], effect: Effect = Effect.COMPANION) -> Fault:
    """Return a fault that only notes its ends."""

    def begin(_scene: Scene, argument: str) -> None:
        notes.append(f"{name}{argument} began")

    def end(_scene: Scene, argument: str) -> None:
        notes.append(f"{name}{argument} ended")

    return Fault(name, f"{name} is on", effect, begin, end, arguments=("x", "y"))


def scene() -> Scene:
    """Return a scene in which nothing is."""
    return Scene(NOBODY, NOBODY, random.Random(1))  # noqa: S311 - a test's dice


@pytest.mark.parametrize(
    ("text", "start", "seconds", "leg"),
    [
        ("region-loss", 0.0, None, "out"),
        ("region-loss@+3s", 3.0, None, "out"),
        ("region-loss@+3", 3.0, None, "out"),
        ("region-loss@+2.5s/8s", 2.5, 8.0, "out"),
        ("region-loss/8s", 0.0, 8.0, "out"),
        ("region-loss@home+1s", 1.0, None, "home"),
    ],
)
def test_a_fault_is_read_as_it_is_asked_for(
    text: str, start: float, seconds: float | None, leg: str
) -> None:
    """Start, length and leg are read, and written they are the same fault."""
    asked = parse_fault(text)
    assert (asked.start_seconds, asked.seconds, asked.leg) == (start, seconds, leg)
    assert parse_fault(str(asked)) == asked


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not NAME"),
        ("earthquake", "region-loss"),
        ("region-loss:mars", "it takes none"),
        ("region-loss@3s", "is not NAME"),
        ("region-loss@+-3s", "is not NAME"),
        ("region-loss/nan", "is not NAME"),
        ("Region-Loss", "is not NAME"),
    ],
)
def test_a_fault_that_cannot_be_is_refused_with_what_can(text: str, said: str) -> None:
    """The error names the part that is wrong and what it may be."""
    with pytest.raises(ValueError, match=r"NAME|not a fault|argument") as refused:
        parse_fault(text)
    assert said in str(refused.value)


def test_what_begins_at_once_is_there_when_the_schedule_is() -> None:
    """A fault without a start has begun before anything else happens, and repair ends it."""
    notes: list[str] = []
    schedule = Schedule([Asked(noting("a", notes), "x")], scene())
    with schedule:
        assert notes == ["ax began"]
        schedule.repair()
    assert notes == ["ax began", "ax ended"]
    assert [event.what for event in schedule.events] == ["began", "ended"]


def test_a_fault_ends_by_its_own_clock() -> None:
    """One that lasts a while ends without anybody's repair."""
    notes: list[str] = []
    ended = threading.Event()
    fault = Fault("a", "a", Effect.COMPANION, lambda *_: None, lambda *_: ended.set())
    with Schedule([Asked(fault, seconds=0.05)], scene()) as schedule:
        assert ended.wait(10.0)
    assert schedule.on == ()
    assert notes == []


def test_repair_keeps_what_it_is_told_to_and_begins_nothing_more() -> None:
    """The outage stays while its companions end, the last one first; a later one never begins."""
    notes: list[str] = []
    outage = Asked(noting("o", notes, Effect.OUTAGE), "x")
    one, two = Asked(noting("a", notes), "x"), Asked(noting("b", notes), "y")
    later = Asked(noting("c", notes), "x", start_seconds=3600.0)
    with Schedule([outage, one, two, later], scene()) as schedule:
        schedule.repair(keep=lambda asked: asked.effect("sync") is Effect.OUTAGE)
        assert schedule.on == (outage,)
    assert notes[3:] == ["by ended", "ax ended"]


def test_a_fault_that_could_not_be_made_fails_the_drill() -> None:
    """A drill whose fault never was has shown nothing."""

    def broken(_scene: Scene, _argument: str) -> None:
        raise RuntimeError("no such disk")

    fault = Fault("a", "a", Effect.COMPANION, broken)
    schedule = Schedule([Asked(fault, start_seconds=0.01)], scene())

    def play() -> None:
        with schedule:
            schedule._thread.join(10.0)

    with pytest.raises(RuntimeError, match="no such disk"):
        play()
