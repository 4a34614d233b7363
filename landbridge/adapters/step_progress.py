"""How far a step that the machine visits again and again is: how fast, how long yet."""

import json
from collections.abc import Mapping
from typing import Any

from rich.filesize import decimal

__all__ = ["VISITED", "progress_text"]

# The machine comes back to these until they are done: a visit is no failed attempt.
VISITED = frozenset({"rebuild_primary", "await_streaming", "rebuild_standby"})


def progress_text(output: str) -> str:
    """Return a step's last output as a few words; empty where it tells of no progress."""
    try:
        said = json.loads(output or "{}")
    except ValueError:
        return ""
    if not isinstance(said, Mapping):
        return ""
    if "lag_bytes" in said:
        return _catching_up(said)
    result, progress = said.get("result") or {}, said.get("progress") or {}
    if result.get("method"):
        return f"{result['method']}, {_size(result.get('bytes'))} in {result.get('seconds', 0):g} s"
    if not progress:
        return ""
    done = f"{_size(progress.get('bytes'))} of {_size(progress.get('total_bytes'))}"
    return ", ".join([f"{progress.get('method')}: {done}", *_rate(progress)])


def _catching_up(said: Mapping[str, Any]) -> str:
    if said["lag_bytes"] is None:
        return "does not stream yet"
    return ", ".join([f"{_size(said['lag_bytes'])} behind", *_rate(said)])


def _rate(said: Mapping[str, Any]) -> list[str]:
    rate, left = said.get("bytes_per_second"), said.get("seconds_left")
    words = [] if rate is None else [f"{_size(rate)}/s"]
    return words if left is None else [*words, f"{left:.0f} s left"]


def _size(count: object) -> str:
    return decimal(int(count)) if isinstance(count, int | float) else "unknown"
