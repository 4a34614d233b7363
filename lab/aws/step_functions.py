"""Step Functions as the Amazon States Language has it, where the emulator differs (ministack 1.5.33).

- Branches of a Parallel leave no StateEntered and StateExited events: their steps could not be timed.
- A Parallel waits for all branches before it fails; in life the first failure ends it, while the
  other branches' functions may still run.
- Branches share one context object, so ``$$.State`` of one shows another's.
- Retry knows neither MaxDelaySeconds nor JitterStrategy.
- The machine's own TimeoutSeconds is not watched.
- StartExecution with the name and input of a running execution is refused; in life it is idempotent.
"""

import contextvars
import copy
import json
import queue
import random
import threading
from collections.abc import Callable
from typing import Any

from ministack.core.responses import json_response, now_iso
from ministack.services import stepfunctions

__all__ = ["install"]

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
_history = threading.Lock()


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
            self.result = _run_states(
                self.definition["States"], self.definition["StartAt"], data, execution, context
            )
        except Exception as error:  # noqa: BLE001 - raised again where the Parallel waits
            self.error = error
        done.put(self)


def _stopped() -> bool:
    branch = _Branch.current.get()
    return branch is not None and branch.stopped


def _run_branches(state: State, raw: Any, execution: State, context: State) -> tuple[Any, Any]:
    """Run a Parallel; its first failure is its own, and stops the others where they stand."""
    data = stepfunctions._apply_input_path(state, raw, context)  # noqa: SLF001 - the interpreter
    data = stepfunctions._apply_parameters(state, data, context)  # noqa: SLF001 - the interpreter
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
    selected = stepfunctions._apply_result_selector(state, results)  # noqa: SLF001 - the interpreter
    output = stepfunctions._apply_result_path(state, raw, selected)  # noqa: SLF001 - the interpreter
    output = stepfunctions._apply_output_path(state, output, context)  # noqa: SLF001 - the interpreter
    return output, stepfunctions._next_or_end(state)  # noqa: SLF001 - the interpreter


def _as_execution_error(error: Exception) -> Exception:
    known = stepfunctions._ExecutionError  # noqa: SLF001 - what the interpreter catches
    return error if isinstance(error, known) else known("States.Runtime", repr(error))


def _run_states(states: State, start: str, data: Any, execution: State, context: State) -> Any:
    """Walk a branch's or an iteration's states, with their events in the history."""
    name: str | None = start
    while name:
        if _stopped() or execution["status"] != "RUNNING":
            raise stepfunctions._ExecutionError("States.BranchStopped", name)  # noqa: SLF001 - ends the thread only
        state = states[name]
        kind = state["Type"]
        context["State"] = {"Name": name, "EnteredTime": now_iso(), "RetryCount": 0}
        entered = {"name": name, "input": json.dumps(data)}
        stepfunctions._add_event(  # noqa: SLF001 - the history
            execution, f"{kind}StateEntered", {"stateEnteredEventDetails": entered}
        )
        data, following = _run_state(kind, state, data, execution, context)
        exited = {"name": name, "output": json.dumps(data)}
        stepfunctions._add_event(  # noqa: SLF001 - the history
            execution, f"{kind}StateExited", {"stateExitedEventDetails": exited}
        )
        name = following
    return data


def _run_state(
    kind: str, state: State, data: Any, execution: State, context: State
) -> tuple[Any, str | None]:
    if kind == "Fail":
        raise stepfunctions._ExecutionError(  # noqa: SLF001 - what the interpreter catches
            *stepfunctions._fail_state_error(state, data, context)  # noqa: SLF001 - the interpreter
        )
    if kind == "Succeed":
        seen = stepfunctions._apply_input_path(state, data, context)  # noqa: SLF001 - the interpreter
        return stepfunctions._apply_output_path(state, seen, context), None  # noqa: SLF001 - the interpreter
    execute: Callable[..., tuple[Any, str | None]] = getattr(stepfunctions, _EXECUTORS[kind])
    if kind in _WITH_EXECUTION:
        return execute(state, data, execution, context)
    return execute(state, data, context)


def _retrier(original: Callable[..., Any]) -> Callable[..., Any]:
    def find(retriers: list[State], error: str, counts: dict[int, int]) -> tuple[Any, int]:
        """Return the retrier that waits as the language says, or none in a stopped branch."""
        if _stopped():
            return None, -1
        retrier, index = original(retriers, error, counts)
        if retrier is None:
            return None, -1
        delay = retrier.get("IntervalSeconds", 1) * (
            retrier.get("BackoffRate", 2.0) ** counts.get(index, 0)
        )
        delay = min(delay, retrier.get("MaxDelaySeconds", delay))
        if retrier.get("JitterStrategy") == "FULL":
            delay = random.uniform(0, delay)  # noqa: S311 - a delay, no secret
        return {"IntervalSeconds": delay, "BackoffRate": 1.0}, index

    return find


def _only_while_it_runs(original: Callable[..., Any], otherwise: Any) -> Callable[..., Any]:
    def guarded(*arguments: Any) -> Any:
        return otherwise if _stopped() else original(*arguments)

    return guarded


def _in_order(original: Callable[..., Any]) -> Callable[..., Any]:
    def add(*arguments: Any) -> Any:
        # An event's id is its place in the history, and branches write at the same time.
        with _history:
            return {} if _stopped() else original(*arguments)

    return add


def _fail_once(original: Callable[..., Any]) -> Callable[..., Any]:
    def fail(execution: State, error: str, cause: str) -> None:
        # Stopped or timed out meanwhile: that stays its end.
        if execution["status"] == "RUNNING":
            original(execution, error, cause)

    return fail


def _with_timeout(original: Callable[[str], None]) -> Callable[[str], None]:
    def run(arn: str) -> None:
        execution = stepfunctions._executions[arn]  # noqa: SLF001 - the interpreter's store
        machine = stepfunctions._state_machines.get(execution["stateMachineArn"], {})  # noqa: SLF001 - as above
        seconds = json.loads(machine.get("definition", "{}")).get("TimeoutSeconds")
        if not seconds:
            original(arn)
            return
        context = contextvars.copy_context()
        timer = threading.Timer(seconds, context.run, args=(_time_out, execution))
        timer.daemon = True
        timer.start()
        try:
            original(arn)
        finally:
            timer.cancel()

    return run


def _time_out(execution: State) -> None:
    if execution["status"] != "RUNNING":
        return
    stepfunctions._add_event(execution, "ExecutionTimedOut")  # noqa: SLF001 - the history
    execution["status"] = "TIMED_OUT"
    execution["stopDate"] = now_iso()
    stepfunctions._emit_execution_status_event(execution)  # noqa: SLF001 - as at every end


def _idempotent(original: Callable[[State], Any]) -> Callable[[State], Any]:
    def start(request: State) -> Any:
        for execution in stepfunctions._executions.values():  # noqa: SLF001 - the interpreter's store
            if (
                execution["name"] == request.get("name")
                and execution["stateMachineArn"] == request.get("stateMachineArn")
                and execution["status"] == "RUNNING"
                and execution["input"] == request.get("input", "{}")
            ):
                answer = {key: execution[key] for key in ("executionArn", "startDate")}
                return json_response(answer)
        return original(request)

    return start


def install() -> None:
    """Mend the interpreter of this process."""
    sfn = stepfunctions
    sfn._run_parallel_branches = _run_branches  # noqa: SLF001 - there is no public way, here and below
    sfn._run_sub_machine = _run_states  # noqa: SLF001
    sfn._find_matching_retrier = _retrier(sfn._find_matching_retrier)  # noqa: SLF001
    sfn._find_matching_catcher = _only_while_it_runs(sfn._find_matching_catcher, None)  # noqa: SLF001
    sfn._add_event = _in_order(sfn._add_event)  # noqa: SLF001
    sfn._fail_execution = _fail_once(sfn._fail_execution)  # noqa: SLF001
    sfn._run_execution = _with_timeout(sfn._run_execution)  # noqa: SLF001
    sfn._start_execution = _idempotent(sfn._start_execution)  # noqa: SLF001
