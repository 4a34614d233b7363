"""What a running server says of itself in postmaster.pid, whose eighth line is its state."""

from pathlib import Path

__all__ = ["server_state"]

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
