"""The machine walked in this process: call what is due, keep where it stands, go on.

The order, the retries and the timeouts are the state machine's own text; nothing of them is here.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from multiprocessing.connection import wait
from typing import Any

from landbridge.domain.machine.frames import Due, Outcome
from landbridge.domain.machine.moving import after, due
from landbridge.domain.plan import FAILOVER, Step
from landbridge.takeover.calls import Call, handler_module
from landbridge.takeover.journal import Journal, begun, ended

__all__ = ["Execution"]

_STEPS = {f"${{{step.substitution}}}": step for step in FAILOVER}
_IDLE_SECONDS = 1.0

Key = tuple[tuple[int, ...], str, int]
Keep = Callable[[Journal], None]


@dataclass
class _UnderWay:
    one: Due
    call: Call
    until: float


@dataclass
class Execution:
    """One execution of ``machine``; ``keep`` writes the journal down and raises nothing."""

    machine: Mapping[str, Any]
    journal: Journal
    keep: Keep
    module_of: Callable[[Step], str] = handler_module
    _calls: dict[Key, _UnderWay] = field(default_factory=dict)
    _not_before: dict[Key, float] = field(default_factory=dict)

    def run(self) -> Journal:
        """Go on until the machine has ended; return the journal of the whole."""
        while not self.journal.frame.ended:
            for one in due(self.machine, self.journal.frame, self.journal.context):
                self._begin(one)
            self._take_in()
        return self.journal

    def _begin(self, one: Due) -> None:
        key = (one.path, one.state, one.attempt)
        if key in self._calls:
            return
        now = time.monotonic()
        pause_seconds = one.wait_seconds * (random.random() if one.jitter else 1)  # noqa: S311 - spreads retries, hides nothing
        if now < self._not_before.setdefault(key, now + pause_seconds):
            return
        del self._not_before[key]
        step = _STEPS[one.resource]
        limit_seconds = min(one.timeout_seconds, step.timeout_seconds)
        request_id = f"{self.journal.context['Execution']['Name']}-{one.attempt}"
        call = Call(step, self.module_of(step), one.payload, request_id)
        self._calls[key] = _UnderWay(one, call, time.monotonic() + limit_seconds)
        self._note(begun(self.journal.steps, step.name, step.title, time.time()))

    def _take_in(self) -> None:
        now = time.monotonic()
        moments = [*self._not_before.values(), *(running.until for running in self._calls.values())]
        limit_seconds = max(0.0, min(moments, default=now + _IDLE_SECONDS) - now)
        ready = set(wait([u.call.connection for u in self._calls.values()], limit_seconds))
        for key, running in list(self._calls.items()):
            if running.call.connection in ready:
                self._ended(key, running.one, running.call.outcome())
            elif time.monotonic() >= running.until:
                self._ended(key, running.one, running.call.kill())

    def _ended(self, key: Key, one: Due, outcome: Outcome) -> None:
        del self._calls[key]
        step = _STEPS[one.resource]
        steps = ended(self.journal.steps, step.name, time.time(), outcome.error, outcome.cause)
        frame = after(self.machine, self.journal.frame, one.path, outcome, self.journal.context)
        self.journal = replace(self.journal, frame=frame, steps=steps)
        self.keep(self.journal)

    def _note(self, steps: Any) -> None:
        self.journal = replace(self.journal, steps=steps)
