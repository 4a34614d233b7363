"""The clock that begins and ends faults."""

import enum
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from lab.faults.asking import Asked
from lab.faults.fault import Order, Scene

__all__ = ["BEGAN", "IDLE", "NEVER_BEGAN", "Event", "Schedule"]

BEGAN, ENDED = "began", "ended"
IDLE, NEVER_BEGAN = "had nothing to act on", "never began"
_SEED_BITS = 64


@dataclass(frozen=True)
class Event:
    """What became of a fault, in epoch seconds.

    ``what`` is ``began`` or ``ended``; ``had nothing to act on``, with the reason; ``never began``.
    """

    at: float
    fault: str
    what: str
    why: str = ""

    @property
    def is_idle(self) -> bool:
        """Whether it says that nothing came of the fault."""
        return self.what in {IDLE, NEVER_BEGAN}


class _State(enum.Enum):
    WAITING = enum.auto()
    ON = enum.auto()
    ENDING = enum.auto()
    OVER = enum.auto()


@dataclass
class _Course:
    """One fault on its way through a drill, with dice of its own: no other's moment decides."""

    one: Asked
    scene: Scene
    state: _State = _State.WAITING

    @property
    def same(self) -> tuple[str, str]:
        """What another one has too where ending either would end both."""
        return self.one.fault.name, self.one.argument


class Schedule:
    """Begins and ends each fault on time, in a thread of its own; what failed there is raised.

    ``begun_at`` is the drill's moment of the fault. ``repair`` ends what is still on, and waits
    until all that ended is well: no fault's clock waits for another one's.
    """

    def __init__(
        self,
        asked: Sequence[Asked],
        scene: Scene,
        told: Callable[[str], None] = lambda _sentence: None,
    ) -> None:
        self.events: list[Event] = []
        self.begun_at = 0.0
        self._courses = [_Course(one, _own(scene, one)) for one in asked]
        self._unwell: list[_Course] = []
        self._told = told
        # One fault with one argument begins or ends at a time; others need not wait for it.
        self._acting = {course.same: threading.RLock() for course in self._courses}
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        """Begin: the faults without a start of their own are there when this returns."""
        self.begun_at = time.time()
        for course in sorted(self._courses, key=lambda course: _RANK[course.one.fault.order]):
            if not course.one.start_seconds:
                self._begin(course)
        self._go_on()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._halt()
        self._give_up_waiting()
        if kind is None:
            self.check()

    def check(self) -> None:
        """Raise what went wrong with a fault itself: such a drill has shown nothing."""
        if self._error is not None:
            raise self._error

    @property
    def on(self) -> tuple[Asked, ...]:
        """The faults that are on now."""
        return tuple(course.one for course in self._having(_State.ON, _State.ENDING))

    def repair(self, keep: Callable[[Asked], bool] = lambda _one: False) -> None:
        """Begin nothing more, and end every fault that is on but those to ``keep``, last first.

        What is kept may still end by its own clock. A schedule that was never entered notes that
        none of its faults began.
        """
        self._halt()
        self.check()
        self._give_up_waiting()
        for course in reversed(self._having(_State.ON)):
            if not keep(course.one):
                self._end(course)
        while self._unwell:
            course = self._unwell.pop(0)
            course.one.fault.settle(course.scene, course.one.argument)
        if self._having(_State.ON):
            self._go_on()

    def _having(self, *states: _State) -> list[_Course]:
        return [course for course in self._courses if course.state in states]

    def _go_on(self) -> None:
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._watch, args=(course, self._stop), name=str(course.one))
            for course in self._having(_State.WAITING, _State.ON)
        ]
        for thread in self._threads:
            thread.start()

    def _halt(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _give_up_waiting(self) -> None:
        for course in self._having(_State.WAITING):
            course.state = _State.OVER
            self.events.append(Event(time.time(), str(course.one), NEVER_BEGAN))

    def _watch(self, course: _Course, stop: threading.Event) -> None:
        one = course.one
        try:
            if course.state is _State.WAITING:
                if stop.wait(self._seconds_to(one.start_seconds)):
                    return
                self._begin(course)
            if one.seconds is None or stop.wait(self._seconds_to(one.start_seconds + one.seconds)):
                return
            self._end(course)
        except BaseException as error:  # noqa: BLE001 - raised where the drill waits for it
            self._error = self._error or error

    def _seconds_to(self, start_seconds: float) -> float:
        return max(0.0, self.begun_at + start_seconds - time.time())

    def _begin(self, course: _Course) -> None:
        one = course.one
        with self._acting[course.same]:
            at = time.time()
            course.state = _State.ON
            self._told(f"Fault: {one.fault.sentence}")
            why = one.fault.begin(course.scene, one.argument)
        if why is None:
            self.events.append(Event(at, str(one), BEGAN))
            return
        course.state = _State.OVER
        self._told(f"Fault: {one} {IDLE}: {why}")
        self.events.append(Event(at, str(one), IDLE, why))

    def _end(self, course: _Course) -> None:
        one, why = course.one, None
        with self._acting[course.same]:
            if course.state is not _State.ON:
                return
            course.state = _State.ENDING
            # The same fault twice is over when both are.
            if not any(other.same == course.same for other in self._having(_State.ON)):
                why = one.fault.end(course.scene, one.argument)
            course.state = _State.OVER
        self._unwell.append(course)
        self.events.append(Event(time.time(), str(one), ENDED))
        if why is not None:
            self.events.append(Event(time.time(), str(one), IDLE, why))


_RANK = {Order.FIRST: 0, Order.BESIDE: 1, Order.AFTER: 2}


def _own(scene: Scene, one: Asked) -> Scene:
    dice = random.Random(scene.random.getrandbits(_SEED_BITS))  # noqa: S311 - a rehearsal's dice
    return replace(scene, random=dice, leg=one.leg)
