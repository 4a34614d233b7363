"""Following a run from outside: until it appears, until it has ended."""

import contextlib
import time
from collections.abc import Callable

from lab.clouds.clouds import Clouds
from lab.drill.takeovers import TAKEOVER, takeover
from landbridge.adapters.operations import Execution
from landbridge.domain.errors import SiteUnknownError

__all__ = ["NoRunError", "follow", "wait_for_run"]

LOOK_SECONDS = 0.25
RUN_SECONDS = 600.0


class NoRunError(Exception):
    """No run began, or it did not end; the text says what was there instead."""


def wait_for_run(
    clouds: Clouds,
    before: set[str],
    timeout_seconds: float,
    names: Callable[[], list[str]] | None = None,
) -> str:
    """Return the name of the first run that was not there before; ``names``: AWS's failovers."""
    names = names or clouds.operations.executions
    give_up = time.monotonic() + timeout_seconds
    while time.monotonic() < give_up:
        # AWS that does not answer says nothing of runs.
        with contextlib.suppress(SiteUnknownError):
            new = [name for name in names() if name not in before]
            if new:
                return new[-1]
        time.sleep(LOOK_SECONDS)
    alarms = clouds.dns.state()["alarms"]
    raise NoRunError(f"no run began within {timeout_seconds:g} s; alarms: {alarms}")


def follow(clouds: Clouds, name: str, seen: Callable[[Execution], None]) -> Execution:
    """Return the run when it has ended; ``seen`` gets each look at it."""
    give_up = time.monotonic() + RUN_SECONDS
    while time.monotonic() < give_up:
        with contextlib.suppress(SiteUnknownError):
            run = _look(clouds, name)
            seen(run)
            if run.status != "RUNNING":
                return run
        time.sleep(LOOK_SECONDS)
    raise NoRunError(f"run {name} did not end within {RUN_SECONDS:g} s")


def _look(clouds: Clouds, name: str) -> Execution:
    if name.startswith(TAKEOVER):
        return takeover(clouds, name)
    return clouds.operations.execution(name)
