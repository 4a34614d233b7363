"""A run on the terminal: its steps with their clocks, as they go."""

import time

from rich.console import Console
from rich.live import Live

from landbridge.adapters.operations import Execution, Operations
from landbridge.adapters.run_table import steps_table

__all__ = ["watch"]

_LOOK_SECONDS = 0.3


def watch(operations: Operations, name: str, console: Console) -> Execution:
    """Show the run until it has ended; return how it ended."""
    with Live(console=console, refresh_per_second=4, transient=False) as live:
        while True:
            run = operations.execution(name)
            live.update(steps_table(run, time.time()))
            if run.status != "RUNNING":
                return run
            time.sleep(_LOOK_SECONDS)
