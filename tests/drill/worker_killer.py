"""Kills each step's Lambda worker once, with SIGKILL, in the middle of what it does.

The workers are warm. Each is stopped (SIGSTOP) while it has nothing to do, so that its next
invocation waits for the killer, and not the killer for a moment that may pass unseen.
"""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from lab.aws.service import Aws

__all__ = ["WorkerKiller"]

LOOK_SECONDS = 0.05
STRIDE_SECONDS = 0.001
AT_ONCE = 4  # more than the machine has branches


class WorkerKiller:
    """Waits for the next invocation of each of ``functions`` and kills its worker in it.

    A worker is in the middle of its step once it has a connection that it had not when it was idle.
    For the functions in ``moments`` that says when instead. ``killed`` maps each function to the
    pid that was killed.
    """

    def __init__(
        self, aws: Aws, functions: set[str], moments: Mapping[str, Callable[[], bool]]
    ) -> None:
        self.killed: dict[str, int] = {}
        self._aws = aws
        self._moments = moments
        self._stopped = {
            worker.function: worker.pid for worker in aws.workers() if worker.function in functions
        }
        cold = functions - self._stopped.keys()
        assert not cold, f"not warm: {cold}"
        self._kills: list[Future[None]] = []
        self._ended = threading.Event()
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._thread = threading.Thread(target=self._watch, name="worker-killer")

    def __enter__(self) -> Self:
        for pid in self._stopped.values():
            os.kill(pid, signal.SIGSTOP)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._pool.shutdown()
        for pid in self._stopped.values():
            os.kill(pid, signal.SIGCONT)
        for kill in self._kills:
            kill.result()  # a kill that failed shows here, and not as one that is missing

    def _watch(self) -> None:
        while self._stopped and not self._ended.wait(LOOK_SECONDS):
            for worker in self._aws.workers():
                if worker.busy and self._stopped.get(worker.function) == worker.pid:
                    del self._stopped[worker.function]
                    kill = self._pool.submit(self._kill, worker.function, worker.pid)
                    self._kills.append(kill)

    def _kill(self, function: str, pid: int) -> None:
        idle = _sockets(pid)
        in_work = self._moments.get(function, lambda: bool(_sockets(pid) - idle))
        # It runs a little at a time and stands still while it is looked at: on a busy machine too
        # its connection does not come and go unseen.
        while True:
            os.kill(pid, signal.SIGCONT)
            time.sleep(STRIDE_SECONDS)
            if self._ended.is_set():
                return
            os.kill(pid, signal.SIGSTOP)
            if in_work():
                break
        os.kill(pid, signal.SIGKILL)
        self.killed[function] = pid


def _sockets(pid: int) -> set[str]:
    """Return the process's sockets by their inodes."""
    found = set()
    for one in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            found.add(str(one.readlink()))
    return {name for name in found if name.startswith("socket:")}
