"""A takeover on the terminal: what it waits for, and its steps with their clocks."""

import time
from collections.abc import Mapping
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from landbridge.adapters.function_app import FunctionApp
from landbridge.adapters.operations import Execution
from landbridge.adapters.run_table import steps_table
from landbridge.domain.errors import TransientError
from landbridge.domain.foreign import printable
from landbridge.domain.history import StepRecord

__all__ = ["watch_takeover"]

_LOOK_SECONDS = 1.0
_PATIENCE_SECONDS = 60.0
_OVER = frozenset({"succeeded", "failed", "absent"})


def watch_takeover(app: FunctionApp, run: str, console: Console) -> Mapping[str, Any]:
    """Show the run until it or its Job has ended; return it as it was last seen.

    A look that fails is no end of the run: raises the error after a minute without an answer.
    """
    seen_at = began = time.time()
    with Live(console=console, refresh_per_second=4) as live:
        while True:
            try:
                seen = app.takeover(run)
            except TransientError:
                if time.time() - seen_at > _PATIENCE_SECONDS:
                    raise
                time.sleep(_LOOK_SECONDS)
                continue
            seen_at = time.time()
            live.update(_shown(seen, began, seen_at))
            if seen["ended"] or seen["job"] in _OVER:
                return seen
            time.sleep(_LOOK_SECONDS)


def _shown(seen: Mapping[str, Any], began: float, now: float) -> Group:
    steps = tuple(StepRecord(**step) for step in seen["steps"])
    if not steps:
        said = (seen["lease"] or {}).get("reason") or "its pod is starting"
        return Group(Text(printable(f"run {seen['run']}: {said}")))
    began = min(began, steps[0].started_at)
    status = seen["ended"] or "running"
    run = Execution(seen["run"], "", status, began, None, steps, {}, "", "")
    return Group(steps_table(run, now))
