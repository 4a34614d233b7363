"""The machine walked by landbridge's own walker, as a takeover walks it, with scripted steps."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from landbridge.domain.history import StepRecord
from landbridge.domain.machine.frames import Due, Frame, Outcome, parse_frame
from landbridge.domain.machine.moving import after, begin, due
from landbridge.domain.machine.reading import read_machine
from landbridge.takeover.journal import begun, ended
from tests.statemachines.machine import Flow, Machine, Run, definition

_STATUS = {"succeeded": "SUCCEEDED", "failed": "FAILED"}


@dataclass(frozen=True)
class WalkedRun(Run):
    """One execution that has ended; what others read from a history was kept on the way."""

    kept_steps: tuple[StepRecord, ...] = ()
    last_state: str = ""

    @property
    def steps(self) -> dict[str, StepRecord]:
        """The steps as the journal has them."""
        return {step.name: step for step in self.kept_steps}

    @property
    def ended_in(self) -> str:
        """The last state that was entered."""
        return self.last_state


@dataclass
class _Walk:
    frame: Frame
    context: Mapping[str, Any]
    steps: tuple[StepRecord, ...] = field(default=())


class WalkedMachine(Machine):
    """Each frame is written down and read again, as if the pod had been killed after each step."""

    def __init__(self, flow: Flow) -> None:
        super().__init__()
        self._machine = read_machine(definition(flow))
        self._steps = {step.name: step for step in flow.steps}
        self._walks: dict[str, _Walk] = {}

    def start(self, name: str, text: str) -> str:
        """Walk the whole way; return the execution's ARN."""
        arn = f"takeover:{name}"
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        context = {"Execution": {"Id": arn, "Name": name, "StartTime": stamp}}
        walk = _Walk(begin(self._machine, json.loads(text), context), context)
        self._walks[arn] = walk
        while one := next(iter(due(self._machine, walk.frame, context)), None):
            outcome = self._call(walk, one) if one.resource else Outcome()
            frame = after(self._machine, walk.frame, one.path, outcome, context)
            walk.frame = parse_frame(json.loads(json.dumps(frame.document())))
        return arn

    def _call(self, walk: _Walk, one: Due) -> Outcome:
        answer, failed = self.invoke(one.resource, one.payload)
        name = self._calls[-1][0]
        walk.steps = begun(walk.steps, name, self._steps[name].title, time.time())
        error = answer["errorType"] if failed else ""
        walk.steps = ended(walk.steps, name, time.time(), error)
        if failed:
            return Outcome(error=error, cause=json.dumps(answer))
        return Outcome(result=answer)

    def run(self, functions: Any, name: str, request: object) -> Run:
        """Execute the machine once under that name and return how it ended."""
        seen = super().run(functions, name, request)
        walk = self._walks[f"takeover:{name}"]
        return WalkedRun(
            **{one: getattr(seen, one) for one in seen.__dataclass_fields__},
            kept_steps=walk.steps,
            last_state=walk.frame.state,
        )

    def answer(self, token: str, output: object) -> None:
        """No takeover waits for a token."""
        raise NotImplementedError

    def describe(self, execution: str) -> Mapping[str, Any]:
        """Return what DescribeExecution would answer."""
        frame = self._walks[execution].frame
        return {
            "status": _STATUS[frame.ended],
            "error": frame.error,
            "cause": frame.cause,
            "output": json.dumps(frame.data),
        }

    def history(self, execution: str) -> list[Mapping[str, Any]]:
        """Nothing: a walk has a journal."""
        raise NotImplementedError(execution)


@contextmanager
def machine_walked(flow: Flow) -> Iterator[Machine]:
    """Give the machine to the walker for the block."""
    yield WalkedMachine(flow)
