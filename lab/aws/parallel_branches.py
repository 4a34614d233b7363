"""The branches of a Parallel: side by side, with their steps in the history, ended by a failure."""

# ruff: noqa: SLF001 - the emulator has no public interface for what is mended here

import contextvars
import copy
import json
import queue
import threading
from collections.abc import Callable
from typing import Any

from ministack.core.responses import now_iso
from ministack.services import stepfunctions

__all__ = ["run_branches", "run_states", "stopped"]

State = dict[str, Any]
_EXECUTORS = {
    "Pass": "_execute_pass",
    "Task": "_execute_task",
    "Choice": "_execute_choice",
    "Wait": "_execute_wait",
    "Parallel": "_execute_parallel",
    "Map": "_execute_map",
}
_WITH_EXECUTION = frozenset({"Task", "Parallel", "Map"})


class _Branch:
    """One branch of a Parallel on its own thread; it stops with its Parallel."""

    current: contextvars.ContextVar["_Branch | None"] = contextvars.ContextVar(
        "branch", default=None
    )

    def __init__(self, definition: State) -> None:
        self.definition = definition
        self.parent = _Branch.current.get()
        self.ended = threading.Event()
        self.result: Any = None
        self.error: Exception | None = None

    @property
    def stopped(self) -> bool:
        return self.ended.is_set() or (self.parent is not None and self.parent.stopped)

    def run(
        self, data: Any, execution: State, context: State, done: "queue.Queue[_Branch]"
    ) -> None:
        _Branch.current.set(self)
        try:
            self.result = run_states(
                self.definition["States"], self.definition["StartAt"], data, execution, context
            )
        except Exception as error:  # noqa: BLE001 - raised again where the Parallel waits
            self.error = error
        done.put(self)


def stopped() -> bool:
    """Tell whether this thread runs a branch whose Parallel has failed."""
    branch = _Branch.current.get()
    return branch is not None and branch.stopped


def run_branches(state: State, raw: Any, execution: State, context: State) -> tuple[Any, Any]:
    """Run a Parallel; its first failure is its own, and stops the others where they stand."""
    data = stepfunctions._apply_input_path(state, raw, context)
    data = stepfunctions._apply_parameters(state, data, context)
    branches = [_Branch(definition) for definition in state["Branches"]]
    done: queue.Queue[_Branch] = queue.Queue()
    for branch in branches:
        arguments = (branch.run, copy.deepcopy(data), execution, dict(context), done)
        threading.Thread(target=contextvars.copy_context().run, args=arguments, daemon=True).start()
    for _ in branches:
        first = done.get()
        if first.error is not None:
            for branch in branches:
                branch.ended.set()
            raise _as_execution_error(first.error)
    results = [branch.result for branch in branches]
    selected = stepfunctions._apply_result_selector(state, results)
    output = stepfunctions._apply_result_path(state, raw, selected)
    output = stepfunctions._apply_output_path(state, output, context)
    return output, stepfunctions._next_or_end(state)


def _as_execution_error(error: Exception) -> Exception:
    known: type[Exception] = stepfunctions._ExecutionError
    return error if isinstance(error, known) else known("States.Runtime", repr(error))


def run_states(states: State, start: str, data: Any, execution: State, context: State) -> Any:
    """Walk a branch's or an iteration's states, with their events in the history."""
    name: str | None = start
    while name:
        if stopped() or execution["status"] != "RUNNING":
            raise stepfunctions._ExecutionError("States.BranchStopped", name)
        state = states[name]
        kind = state["Type"]
        context["State"] = {"Name": name, "EnteredTime": now_iso(), "RetryCount": 0}
        entered = {"name": name, "input": json.dumps(data)}
        stepfunctions._add_event(
            execution, f"{kind}StateEntered", {"stateEnteredEventDetails": entered}
        )
        data, following = _run_state(kind, state, data, execution, context)
        exited = {"name": name, "output": json.dumps(data)}
        stepfunctions._add_event(
            execution, f"{kind}StateExited", {"stateExitedEventDetails": exited}
        )
        name = following
    return data


def _run_state(
    kind: str, state: State, data: Any, execution: State, context: State
) -> tuple[Any, str | None]:
    if kind == "Fail":
        raise stepfunctions._ExecutionError(*stepfunctions._fail_state_error(state, data, context))
    if kind == "Succeed":
        seen = stepfunctions._apply_input_path(state, data, context)
        return stepfunctions._apply_output_path(state, seen, context), None
    execute: Callable[..., tuple[Any, str | None]] = getattr(stepfunctions, _EXECUTORS[kind])
    if kind in _WITH_EXECUTION:
        return execute(state, data, execution, context)
    return execute(state, data, context)
