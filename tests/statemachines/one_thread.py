"""Both machines on one thread: the same run is the same sequence of calls, every time.

ministack's interpreter, with its threads made to run where they are started or waited for. The
branches of a Parallel run one after the other, in an order that the test chooses; so do the parts
of a step that does two things at once.
"""

import contextlib
import logging
import marshal
import threading
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any
from unittest import mock

from ministack.services import stepfunctions as ministack

from tests.statemachines.machine import FLOWS, Event, MinistackMachine, Run, StepFunction, no_wait

__all__ = ["OneThread", "machines_on_one_thread"]


class OneThread:
    """Both machines; ``order`` has the branches of a Parallel by their numbers."""

    def __init__(self) -> None:
        self._machines = {name: MinistackMachine(flow) for name, flow in FLOWS.items()}
        self._running = self._machines["failover"]
        self.order: Sequence[int] = (0, 1, 2)
        self.waiting: list[_Branch] = []
        self.within = False

    def run(
        self, flow: str, functions: Mapping[str, StepFunction], name: str, request: Event
    ) -> Run:
        """Execute a flow's machine once under that name and return how it ended."""
        ministack._executions.clear()
        self._running = self._machines[flow]
        return self._running.run(functions, name, request)

    def call(self, function: str, event: Event) -> object:
        """Stand in for ministack's own call of a Lambda."""
        return self._running.call(function, event)

    def executor(self) -> "_Executor":
        """Stand in for a step's ThreadPoolExecutor."""
        return _Executor(backwards=self.order[0] != 0)

    def thread(self, *, target: Callable[..., object], args: Any, daemon: bool) -> "_Branch":
        """Stand in for threading.Thread: an execution's own runs at once, a branch when joined."""
        assert daemon
        return _Branch(self, target, args)


class _Executor(contextlib.nullcontext["_Executor"]):
    """Does everything at once, on this thread; ``backwards``: what is mapped in reverse order."""

    def __init__(self, *, backwards: bool) -> None:
        super().__init__(self)
        self._backwards = backwards

    def submit(self, work: Callable[..., Any], *arguments: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(work(*arguments))
        except Exception as error:  # noqa: BLE001 - raised again where the result is asked for
            done.set_exception(error)
        return done

    def map(self, work: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
        listed = list(items)
        turned = [work(item) for item in (listed[::-1] if self._backwards else listed)]
        return turned[::-1] if self._backwards else turned


class _Branch:
    def __init__(self, owner: OneThread, target: Callable[..., object], args: Any) -> None:
        self._owner, self._target, self._args = owner, target, args

    def start(self) -> None:
        if self._owner.within:
            self._owner.waiting.append(self)
            return
        self._owner.within = True
        try:
            self.work()
        finally:
            self._owner.within = False

    def join(self) -> None:
        begun, self._owner.waiting = self._owner.waiting, []
        for number in self._owner.order if begun else ():
            begun[number].work()

    def work(self) -> None:
        self._target(*self._args)


def _copied(document: Any) -> Any:
    """Copy JSON-like data; ministack copies the whole state at each step, most of a run's time."""
    return marshal.loads(marshal.dumps(document))  # noqa: S302 - what was dumped just now


def _at_once(resource: str, data: Any, _timeout_seconds: float) -> Any:
    return ministack._invoke_resource(resource, data)


@contextmanager
def machines_on_one_thread() -> Iterator[OneThread]:
    """Put both machines into ministack's interpreter; they are gone after the block."""
    single = OneThread()
    logging.disable(logging.WARNING)
    threads = types.SimpleNamespace(Thread=single.thread, Event=threading.Event)
    try:
        with (
            mock.patch.object(ministack, "_call_lambda", single.call),
            mock.patch.object(ministack, "_invoke_resource_with_timeout", _at_once),
            mock.patch.object(ministack, "threading", threads),
            mock.patch.object(ministack, "copy", types.SimpleNamespace(deepcopy=_copied)),
            mock.patch.object(ministack, "time", types.SimpleNamespace(sleep=no_wait)),
        ):
            yield single
    finally:
        logging.disable(logging.NOTSET)
        ministack._state_machines.clear()
        ministack._executions.clear()
