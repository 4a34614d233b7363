"""When faults begin and end: the words of the command line, and the clock that acts on them.

A fault is asked for as ``NAME[:ARGUMENT][@[home]+START][/SECONDS]``: ``database-freeze@+2s/8s``
begins two seconds after the drill's moment of the fault and lasts eight; ``lag@home+1s`` begins one
second after the failback.
"""

import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from lab.faults.catalogue import FAULTS
from lab.faults.fault import Effect, Fault, Scene

__all__ = ["Asked", "Event", "Schedule", "parse_fault"]

_FORM = re.compile(
    r"(?P<name>[a-z-]+)(?::(?P<argument>[\w<>-]+))?"
    r"(?:@(?P<leg>home)?\+(?P<start>\d+(?:\.\d+)?)s?)?(?:/(?P<seconds>\d+(?:\.\d+)?)s?)?"
)


@dataclass(frozen=True)
class Asked:
    """One fault as asked for: ``start_seconds`` after its leg began, ``seconds`` long.

    ``leg`` is ``out``, from the drill's moment of the fault, or ``home``, from the failback.
    """

    fault: Fault
    argument: str = ""
    start_seconds: float = 0.0
    seconds: float | None = None
    leg: str = "out"

    def __str__(self) -> str:
        """Write it as it is asked for on the command line."""
        argument = f":{self.argument}" if self.argument else ""
        home = self.leg if self.leg == "home" else ""
        start = f"@{home}+{self.start_seconds:g}s" if self.start_seconds or home else ""
        own = self.seconds is not None and self.seconds != self.fault.seconds
        return f"{self.fault.name}{argument}{start}{f'/{self.seconds:g}s' if own else ''}"

    def effect(self, replication: str) -> Effect:
        """Return what it does to the workload."""
        return self.fault.effect_of(self.argument, replication)


def parse_fault(text: str) -> Asked:
    """Return what ``text`` asks for; raise ValueError, which names the part and the choices."""
    form = _FORM.fullmatch(text)
    if form is None:
        raise ValueError(f"{text!r} is not NAME[:ARGUMENT][@[home]+STARTs][/SECONDSs]")
    fault = FAULTS.get(form["name"])
    if fault is None:
        raise ValueError(f"{form['name']!r} is not a fault; there are {', '.join(sorted(FAULTS))}")
    argument = form["argument"] or (fault.arguments[0] if fault.arguments else "")
    if argument and argument not in fault.arguments:
        choices = ", ".join(fault.arguments) or "it takes none"
        raise ValueError(f"{fault.name}: {argument!r} is not one of its arguments: {choices}")
    seconds = float(form["seconds"]) if form["seconds"] else fault.seconds
    start = float(form["start"] or 0.0)
    return Asked(fault, argument, start, seconds, form["leg"] or "out")


@dataclass(frozen=True)
class Event:
    """A fault that began or ended, in epoch seconds."""

    at: float
    fault: str
    what: str  # began or ended


class Schedule:
    """Begins and ends faults on time, in a thread of its own; what failed there is raised.

    ``begun_at`` is the drill's moment of the fault. ``repair`` ends what is still on.
    """

    def __init__(
        self,
        asked: Sequence[Asked],
        scene: Scene,
        told: Callable[[str], None] = lambda _sentence: None,
    ) -> None:
        self.events: list[Event] = []
        self.begun_at = 0.0
        self._asked = tuple(asked)
        self._scene = scene
        self._told = told
        self._on: list[Asked] = []
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._watch, name="faults")

    def __enter__(self) -> Self:
        """Begin: the faults without a start of their own are there when this returns."""
        self.begun_at = time.time()
        for one in self._asked:
            if not one.start_seconds:
                self._begin(one)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._halt()
        if kind is None:
            self.check()

    def check(self) -> None:
        """Raise what went wrong with a fault itself: such a drill has shown nothing."""
        if self._error is not None:
            raise self._error

    @property
    def on(self) -> tuple[Asked, ...]:
        """The faults that are on now."""
        return tuple(self._on)

    def repair(self, keep: Callable[[Asked], bool] = lambda _one: False) -> None:
        """Begin nothing more, and end every fault that is on but those to ``keep``, last first."""
        self._halt()
        self.check()
        for one in reversed(self.on):
            if not keep(one):
                self._end(one)

    def _halt(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _watch(self) -> None:
        steps: list[tuple[float, Callable[[Asked], None], Asked]] = []
        for one in self._asked:
            if one.start_seconds:
                steps.append((one.start_seconds, self._begin, one))
            if one.seconds is not None:
                steps.append((one.start_seconds + one.seconds, self._end, one))
        for at, act, one in sorted(steps, key=lambda step: step[0]):
            if self._stop.wait(max(0.0, self.begun_at + at - time.time())):
                return
            try:
                act(one)
            except BaseException as error:  # noqa: BLE001 - raised where the drill waits for it
                self._error = error
                return

    def _begin(self, one: Asked) -> None:
        with self._lock:
            self.events.append(Event(time.time(), str(one), "began"))
            self._on.append(one)
            self._told(f"Fault: {one.fault.sentence}")
            one.fault.begin(self._scene, one.argument)

    def _end(self, one: Asked) -> None:
        with self._lock:
            if one not in self._on:
                return
            one.fault.end(self._scene, one.argument)
            self._on.remove(one)
            self.events.append(Event(time.time(), str(one), "ended"))
