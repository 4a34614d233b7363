"""A small process that outlives the node only to kill what the node leaves behind.

The node tells it the process groups of its containers through a pipe. When the pipe closes,
however the node ended, the guard kills the groups that are left, and ends.
"""

import contextlib
import os
import signal


class Guard:
    """The node's end of the pipe. Make it before threads and event loops: it forks."""

    def __init__(self) -> None:
        reading, self._writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._writing)
            _keep_watch(reading)
        os.close(reading)

    def watch(self, group: int) -> None:
        """Kill this process group when the node is gone."""
        os.write(self._writing, f"+{group}\n".encode())

    def release(self, group: int) -> None:
        """Forget a process group that has ended."""
        os.write(self._writing, f"-{group}\n".encode())


def _keep_watch(reading: int) -> None:
    """Be the guard; never returns."""
    os.setsid()  # a signal to the node's group does not end its guard
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    with os.fdopen(reading, encoding="ascii") as lines:
        for line in lines:
            (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
    os._exit(0)
