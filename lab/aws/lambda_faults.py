"""What goes wrong with invocations on purpose: a crash in the middle, the end of the execution.

Decided where the service runs a function, so no moment can be missed: the next invocation of a
function that is to crash does, whenever that is.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Plan", "crash_next", "crashes", "plan_for", "stop_after", "took"]

_lock = threading.Lock()
_to_crash: dict[str, dict[str, Any]] = {}
_to_stop_after: set[str] = set()
_crashes: list[dict[str, str]] = []


@dataclass(frozen=True)
class Plan:
    """What goes wrong with one invocation; ``crash`` is what ``lambda_crash.CrashPoint`` takes."""

    crash: Mapping[str, Any] | None = None
    stops_executions: bool = False


def crash_next(function: str, waits: int, sent: str) -> None:
    """Kill the function's worker in its next work, where CrashPoint's values say."""
    with _lock:
        _to_crash[function] = {"waits": waits, "sent": sent}


def stop_after(function: str) -> None:
    """Stop every execution when the function has done its next work, before any hears of it."""
    with _lock:
        _to_stop_after.add(function)


def plan_for(function: str) -> Plan:
    """Return what goes wrong with the invocation that begins now; each comes once."""
    with _lock:
        stops = function in _to_stop_after
        _to_stop_after.discard(function)
        return Plan(_to_crash.pop(function, None), stops)


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
