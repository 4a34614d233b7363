"""The words that ask for faults, and the clock that begins and ends them."""

import random
import threading
from dataclasses import replace
from typing import Any

import pytest

from lab.faults.asking import Asked, parse_fault
from lab.faults.fault import Effect, Fault, Order, Scene
from lab.faults.schedule import Schedule

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
        ("step-crash:promote_standby@home+0s", "leave @home out"),
    ],
)
def test_a_fault_that_cannot_be_is_refused_with_what_can(text: str, said: str) -> None:
    """The error names the part that is wrong and what it may be."""
    with pytest.raises(ValueError, match=r"NAME|not a fault|argument|out alone") as refused:
        parse_fault(text)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("step-crash:hold_writes", "step-crash:hold_writes@home+0s"),
        ("step-twice:close_gate@+2s", "step-twice:close_gate@home+2s"),
        ("image-pull:aws", "image-pull:aws@home+0s"),
        ("step-crash:promote_standby", "step-crash:promote_standby"),
        ("step-crash:take_lock", "step-crash:take_lock"),
    ],
)
def test_a_fault_is_put_where_it_can_act(text: str, meant: str) -> None:
    """What only a failback meets is a fault of the way home, whoever forgot to say so."""
    assert str(parse_fault(text)) == meant


def test_two_places_have_no_order() -> None:
    """A pair may be named either way round, also the one between which nothing ever passes."""
    assert parse_fault("partition:clients-aws") == parse_fault("partition:aws-clients")
    assert parse_fault("slow-link:azure-aws") == parse_fault("slow-link:aws-azure")
    assert parse_fault("partition:orchestrator-clients").argument == "clients-orchestrator"


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


def acting(
    why_idle: str | None = None, why_unspent: str | None = None, name: str = "a", **more: Any
) -> Fault:
    """Return a fault whose ends say these."""
    return Fault(name, name, Effect.COMPANION, lambda *_: why_idle, lambda *_: why_unspent, **more)


def told(schedule: Schedule) -> list[tuple[str, str]]:
    """Return what became of each fault, and why."""
    return [(event.what, event.why) for event in schedule.events]


def test_a_fault_that_had_nothing_to_act_on_says_so() -> None:
    """It is neither on nor begun, and the record has the reason."""
    with Schedule([Asked(acting(why_idle="no standby streams"))], scene()) as schedule:
        assert schedule.on == ()
        schedule.repair()
    assert told(schedule) == [("had nothing to act on", "no standby streams")]


def test_a_fault_of_which_nothing_came_says_so_at_its_end() -> None:
    """One that waited for a step to come is found out when it is taken away."""
    with Schedule([Asked(acting(why_unspent="no run came to it"))], scene()) as schedule:
        schedule.repair()
    assert told(schedule)[-1] == ("had nothing to act on", "no run came to it")


def test_what_the_repair_forestalls_never_began() -> None:
    """A fault whose moment had not come is in the record, also where its way was not gone."""
    later = [Asked(acting(), start_seconds=3600.0)]
    with Schedule(later, scene()) as schedule:
        schedule.repair()
    not_gone = Schedule(later, scene())
    not_gone.repair()
    assert told(schedule) == told(not_gone) == [("never began", "")]


def test_no_fault_waits_for_anothers_recovery() -> None:
    """What takes long to be well again after its end is waited for in the repair alone."""
    well, begun = threading.Event(), threading.Event()
    slow = Fault("a", "a", Effect.COMPANION, lambda *_: None, settle=lambda *_: _wait_for(well))
    later = Fault("b", "b", Effect.COMPANION, lambda *_: begun.set())
    asked = [Asked(slow, seconds=0.01), Asked(later, start_seconds=0.02)]
    with Schedule(asked, scene()) as schedule:
        assert begun.wait(10.0)
        well.set()
        schedule.repair()
    assert schedule.on == ()


def test_a_fault_knows_its_way_and_has_dice_of_its_own() -> None:
    """What it does there by lot depends on the seed, and on no other fault's moment."""
    seen: dict[str, tuple[str, float]] = {}

    def begin(here: Scene, argument: str) -> None:
        seen[argument] = (here.leg, here.random.random())

    fault = Fault("a", "a", Effect.COMPANION, begin)
    for order in ("xy", "yx"):
        seen.clear()
        starts = {argument: 0.01 * number for number, argument in enumerate(order, start=1)}
        begun = threading.Event()
        last = Fault("b", "b", Effect.COMPANION, lambda *_, begun=begun: begun.set())
        asked = [Asked(fault, one, starts[one], leg="home") for one in "xy"]
        with Schedule([*asked, Asked(last, start_seconds=0.1)], scene()):
            assert begun.wait(10.0)
        if order == "xy":
            first = dict(seen)
    assert seen == first
    assert {leg for leg, _ in seen.values()} == {"home"}


def test_no_fault_waits_for_another_to_begin() -> None:
    """One that takes long to be there delays nobody else's moment."""
    there, begun = threading.Event(), threading.Event()
    slow = Fault("a", "a", Effect.COMPANION, lambda *_: _wait_for(there))
    later = Fault("b", "b", Effect.COMPANION, lambda *_: begun.set())
    asked = [Asked(slow, start_seconds=0.01), Asked(later, start_seconds=0.02)]
    with Schedule(asked, scene()) as schedule:
        assert begun.wait(10.0)
        there.set()
        schedule.repair()
    assert [event.what for event in schedule.events].count("ended") == 2


def _wait_for(event: threading.Event) -> None:
    assert event.wait(10.0)


def test_the_same_fault_twice_is_over_when_both_are() -> None:
    """The first one's end does not cure what the second one asked for."""
    notes: list[str] = []
    fault = noting("a", notes)
    ended = threading.Event()
    other = Fault("o", "o", Effect.COMPANION, lambda *_: None, lambda *_: ended.set())
    asked = [Asked(fault, "x", seconds=0.01), Asked(fault, "x"), Asked(other, seconds=0.02)]
    with Schedule(asked, scene()) as schedule:
        assert ended.wait(10.0)
        assert notes == ["ax began", "ax began"]
        schedule.repair()
    assert notes[2:] == ["ax ended"]


def test_what_must_be_there_first_is() -> None:
    """Of faults that begin at one moment, the outage comes after what it would leave nothing."""
    notes: list[str] = []
    first = replace(noting("first", notes), order=Order.FIRST)
    outage = noting("outage", notes, Effect.OUTAGE)
    with Schedule([Asked(outage, "x"), Asked(first, "x")], scene()):
        assert notes == ["firstx began", "outagex began"]


def test_an_outage_that_was_kept_still_passes() -> None:
    """The repair of all else does not stop the clock of what was to end by itself."""
    ended = threading.Event()
    outage = Fault("o", "o", Effect.OUTAGE, lambda *_: None, lambda *_: ended.set())
    with Schedule([Asked(outage, seconds=0.5)], scene()) as schedule:
        schedule.repair(keep=lambda _one: True)
        assert ended.wait(10.0)


def test_a_fault_that_could_not_be_made_fails_the_drill() -> None:
    """A drill whose fault never was has shown nothing."""
    tried = threading.Event()

    def broken(_scene: Scene, _argument: str) -> None:
        tried.set()
        raise RuntimeError("no such disk")

    fault = Fault("a", "a", Effect.COMPANION, broken)
    schedule = Schedule([Asked(fault, start_seconds=0.01)], scene())

    def play() -> None:
        with schedule:
            assert tried.wait(10.0)

    with pytest.raises(RuntimeError, match="no such disk"):
        play()
