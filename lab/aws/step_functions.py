"""Step Functions by the Amazon States Language, where the emulator (ministack 1.5.33) differs.

- Branches of a Parallel leave no StateEntered and StateExited events; steps could not be timed.
- A Parallel waits for all branches before it fails; in life the first failure ends it, while the
  other branches' functions may still run.
- Branches share one context object, so ``$$.State`` of one shows another's.
- Retry knows neither MaxDelaySeconds nor JitterStrategy.
- The machine's own TimeoutSeconds is not watched.
- A failed execution has an output, its error; in life it has none.
- StartExecution with the name and input of a running execution is refused; in life it is
  idempotent.
- Tasks that wait for a token: see ``callbacks``; a Map's limit: see ``map_concurrency``.
"""

# ruff: noqa: SLF001 - the emulator has no public interface for what is mended here

import contextvars
import json
import random
import threading
from collections.abc import Callable
from typing import Any

from ministack.core.responses import json_response, now_iso
from ministack.services import stepfunctions

from lab.aws.callbacks import failing_at_once, reading_the_timeout, waiting_for
from lab.aws.map_concurrency import reading_the_concurrency
from lab.aws.parallel_branches import run_branches, run_states, stopped

__all__ = ["install", "stop_executions"]

State = dict[str, Any]
_history = threading.Lock()


def _retrier(original: Callable[..., Any]) -> Callable[..., Any]:
    def find(retriers: list[State], error: str, counts: dict[int, int]) -> tuple[Any, int]:
        """Return the retrier that waits as the language says, or none in a stopped branch."""
        if stopped():
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
        return otherwise if stopped() else original(*arguments)

    return guarded


def _in_order(original: Callable[..., Any]) -> Callable[..., Any]:
    def add(*arguments: Any) -> Any:
        # An event's id is its place in the history, and branches write at the same time.
        with _history:
            return {} if stopped() else original(*arguments)

    return add


def _fail_once(original: Callable[..., Any]) -> Callable[..., Any]:
    def fail(execution: State, error: str, cause: str) -> None:
        # Stopped or timed out meanwhile: that stays its end.
        if execution["status"] == "RUNNING":
            original(execution, error, cause)
            execution["output"] = None

    return fail


def _with_timeout(original: Callable[[str], None]) -> Callable[[str], None]:
    def run(arn: str) -> None:
        execution = stepfunctions._executions[arn]
        machine = stepfunctions._state_machines.get(execution["stateMachineArn"], {})
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
    stepfunctions._add_event(execution, "ExecutionTimedOut")
    execution["status"] = "TIMED_OUT"
    execution["stopDate"] = now_iso()
    stepfunctions._emit_execution_status_event(execution)


def _idempotent(original: Callable[[State], Any]) -> Callable[[State], Any]:
    def start(request: State) -> Any:
        # An execution is of the machine, whichever alias or version it was asked of.
        machine = stepfunctions._resolve_state_machine_arn(request.get("stateMachineArn"))
        for execution in stepfunctions._executions.values():
            if (
                execution["name"] == request.get("name")
                and execution["stateMachineArn"] == machine
                and execution["status"] == "RUNNING"
                and execution["input"] == request.get("input", "{}")
            ):
                answer = {key: execution[key] for key in ("executionArn", "startDate")}
                return json_response(answer)
        return original(request)

    return start


def stop_executions(cause: str) -> None:
    """Stop all executions that are on, as StopExecution does."""
    for arn, execution in list(stepfunctions._executions.items()):
        if execution["status"] == "RUNNING":
            stepfunctions._stop_execution({"executionArn": arn, "cause": cause})


def install() -> None:
    """Mend the interpreter of this process."""
    sfn = stepfunctions
    sfn._run_parallel_branches = run_branches
    sfn._run_sub_machine = run_states
    sfn._run_map_items = reading_the_concurrency(sfn._run_map_items)
    sfn._find_matching_retrier = _retrier(sfn._find_matching_retrier)
    sfn._find_matching_catcher = _only_while_it_runs(sfn._find_matching_catcher, None)
    sfn._add_event = _in_order(sfn._add_event)
    sfn._fail_execution = _fail_once(sfn._fail_execution)
    sfn._run_execution = _with_timeout(sfn._run_execution)
    sfn._start_execution = _idempotent(sfn._start_execution)
    sfn._execute_task = reading_the_timeout(sfn._execute_task)
    sfn._invoke_with_callback = waiting_for(sfn._invoke_with_callback)
    sfn._call_lambda = failing_at_once(sfn._call_lambda)
