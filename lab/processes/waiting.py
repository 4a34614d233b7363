"""Bounded waits for a child to be up: each ends early when the child has ended."""

import socket
import time
from collections.abc import Callable
from pathlib import Path

from lab.processes.children import Child, ChildError

POLL_SECONDS = 0.05


def wait_until(
    condition: Callable[[], bool],
    what: str,
    *,
    child: Child | None = None,
    timeout_seconds: float = 30.0,
    poll_seconds: float = POLL_SECONDS,
) -> None:
    """Return once ``condition()`` holds.

    Raises ChildError with the log's last lines when ``child`` ends first, TimeoutError naming
    ``what`` when the time is up.
    """
    give_up = time.monotonic() + timeout_seconds
    while not condition():
        log = f":\n{child.log_tail()}" if child else ""
        if child and not child.running:
            raise ChildError(f"{child.name} ended while waiting for {what}{log}")
        if time.monotonic() > give_up:
            raise TimeoutError(f"no {what} after {timeout_seconds} s{log}")
        time.sleep(poll_seconds)


def wait_for_file(path: Path, *, child: Child | None = None, timeout_seconds: float = 30.0) -> None:
    """Return once ``path`` exists."""
    wait_until(path.exists, f"file {path}", child=child, timeout_seconds=timeout_seconds)


def wait_for_port(
    host: str, port: int, *, child: Child | None = None, timeout_seconds: float = 30.0
) -> None:
    """Return once something accepts connections at ``host:port``."""
    what = f"listener on {host}:{port}"
    wait_until(lambda: accepts(host, port), what, child=child, timeout_seconds=timeout_seconds)


def accepts(host: str, port: int) -> bool:
    """Tell whether a TCP connection to ``host:port`` is accepted."""
    try:
        socket.create_connection((host, port), timeout=1.0).close()
    except OSError:
        return False
    return True
