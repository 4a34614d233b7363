"""What goes wrong with invocations on purpose: a crash, a repetition, the end of the execution.

Decided where the service runs a function, so no moment can be missed: the next invocation of a
function that is to crash does, whenever that is.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Plan", "crash_next", "crashes", "plan_for", "repeat", "spare", "stop_after", "took"]

_lock = threading.Lock()
_to_crash: dict[str, dict[str, Any]] = {}
_to_repeat: set[str] = set()
_to_stop_after: set[str] = set()
_happened: set[tuple[str, str]] = set()
_crashes: list[dict[str, str]] = []


@dataclass(frozen=True)
class Plan:
    """What goes wrong with one invocation; ``crash`` is what ``lambda_crash.CrashPoint`` takes."""

    crash: Mapping[str, Any] | None = None
    repeated: bool = False
    stops_executions: bool = False


def crash_next(function: str, waits: int, sent: str) -> None:
    """Kill the function's worker in its next work, where CrashPoint's values say."""
    with _lock:
        _happened.discard((function, "crash"))
        _to_crash[function] = {"waits": waits, "sent": sent}


def repeat(function: str) -> None:
    """From now on run each invocation that succeeds twice, as an at-least-once delivery may."""
    with _lock:
        _happened.discard((function, "repeat"))
        _to_repeat.add(function)


def stop_after(function: str) -> None:
    """Stop every execution when the function has done its next work, before any hears of it."""
    with _lock:
        _happened.discard((function, "stop-after"))
        _to_stop_after.add(function)


def spare(function: str, mishap: str) -> dict[str, bool]:
    """Let it not happen to the function any more: ``crash``, ``repeat`` or ``stop-after``.

    Return ``{"happened"}``: whether it has since it was asked for.
    """
    planned: dict[str, Callable[[], object]] = {
        "crash": lambda: _to_crash.pop(function, None),
        "repeat": lambda: _to_repeat.discard(function),
        "stop-after": lambda: _to_stop_after.discard(function),
    }
    with _lock:
        planned[mishap]()
        return {"happened": (function, mishap) in _happened}


def plan_for(function: str) -> Plan:
    """Return what goes wrong with the invocation that begins now; crash and stop come once."""
    with _lock:
        stops = function in _to_stop_after
        _to_stop_after.discard(function)
        plan = Plan(_to_crash.pop(function, None), function in _to_repeat, stops)
        mishaps = {"crash": plan.crash, "repeat": plan.repeated, "stop-after": stops}
        _happened.update((function, mishap) for mishap, comes in mishaps.items() if comes)
        return plan


def took(function: str, plan: Plan, outcome: Mapping[str, Any]) -> None:
    """Note how an invocation ended that was to crash."""
    if plan.crash is not None:
        error = outcome.get("error", {})
        said = f"{error.get('errorType', 'none')}: {error.get('errorMessage', '')}"
        with _lock:
            _crashes.append({"function": function, "error": said})


def crashes() -> list[dict[str, str]]:
    """Return ``{"function", "error"}`` of each invocation that was to crash, oldest first."""
    with _lock:
        return list(_crashes)
