"""What a running server says of itself in postmaster.pid, whose eighth line is its state."""

import subprocess
import time
from collections.abc import Callable, Collection
from pathlib import Path

from landbridge.adapters.polling import INTERVAL_SECONDS
from landbridge.database_pod.programs import ProgramError

__all__ = ["await_server", "server_state"]

_STATE_LINE = 7


def server_state(pid_file: Path, pid: int) -> str:
    """Return ``starting``, ``standby``, ``ready`` or ``stopping``; empty where it is another's."""
    try:
        lines = pid_file.read_text().splitlines()
    except FileNotFoundError:
        return ""
    if len(lines) <= _STATE_LINE or lines[0] != str(pid):
        return ""
    return lines[_STATE_LINE].strip()


def await_server(
    process: subprocess.Popen[str],
    data: Path,
    states: Collection[str],
    said: Callable[[], str],
) -> None:
    """Return once the started server of the folder ``data`` is in one of ``states``.

    Raises ProgramError with what it ``said`` where it ended instead. Recovery has no length that
    could be waited for, so nothing bounds it but whoever ends this process.
    """
    while server_state(data / "postmaster.pid", process.pid) not in states:
        if process.poll() is not None:
            raise ProgramError("postgres", process.returncode, said())
        time.sleep(INTERVAL_SECONDS)
