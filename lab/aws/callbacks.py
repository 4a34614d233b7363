"""Tasks that wait for a token, where the emulator (ministack 1.5.33) differs from life.

- TimeoutSecondsPath is not read, so a task whose time is in its input waits for ever.
- A function that fails leaves its task waiting for a token that nobody has.
"""

# ruff: noqa: SLF001 - the emulator has no public interface for what is mended here

import contextvars
from collections.abc import Callable
from typing import Any

from ministack.services import stepfunctions

__all__ = ["failing_at_once", "reading_the_timeout", "waiting_for"]

State = dict[str, Any]
_token: contextvars.ContextVar[str] = contextvars.ContextVar("_token", default="")


def reading_the_timeout(original: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap ``_execute_task``: TimeoutSecondsPath is read from the state's input."""

    def execute(state: State, raw_input: Any, execution: State, context: State) -> Any:
        path = state.get("TimeoutSecondsPath")
        if path:
            seconds = stepfunctions._resolve_path_or_ctx(path, raw_input, context)
            state = {**state, "TimeoutSeconds": seconds}
        return original(state, raw_input, execution, context)

    return execute


def waiting_for(original: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap ``_invoke_with_callback``: what it calls knows the token that is waited for."""

    def invoke(resource: str, payload: Any, token: str, state: State) -> Any:
        before = _token.set(token)
        try:
            return original(resource, payload, token, state)
        finally:
            _token.reset(before)

    return invoke


def failing_at_once(original: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap ``_call_lambda``: the function's failure is the waiting task's failure."""

    def call(function: str, event: Any) -> Any:
        try:
            return original(function, event)
        except stepfunctions._ExecutionError as error:
            waiting = stepfunctions._task_tokens.get(_token.get())
            if waiting is not None:
                waiting["error"] = {"Error": error.error, "Cause": error.cause}
                waiting["event"].set()
            raise

    return call
