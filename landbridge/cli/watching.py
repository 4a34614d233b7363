"""A run on the terminal: its steps with their clocks, as they go."""

import time

from rich.console import Console
from rich.live import Live

from landbridge.adapters.operations import Execution, Operations
from landbridge.adapters.run_table import steps_table
from landbridge.domain.errors import SiteUnknownError

__all__ = ["watch"]

_LOOK_SECONDS = 0.3
_PATIENCE_SECONDS = 60.0


def watch(operations: Operations, name: str, console: Console) -> Execution:
    """Show the run until it has ended; return how it ended.

    A look that fails is no end of the run: raises SiteUnknownError after a minute without one.
    """
    seen_at = time.monotonic()
    with Live(console=console, refresh_per_second=4, transient=False) as live:
        while True:
            try:
                run = operations.execution(name)
            except SiteUnknownError:
                if time.monotonic() - seen_at > _PATIENCE_SECONDS:
                    raise
                time.sleep(_LOOK_SECONDS)
                continue
            seen_at = time.monotonic()
            live.update(steps_table(run, time.time()))
            if run.status != "RUNNING":
                return run
            time.sleep(_LOOK_SECONDS)
