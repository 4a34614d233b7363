"""Commands as child processes: own group, dead with the node, exit and output as events."""

import asyncio
import contextlib
import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from lab.kubernetes.node.guard import Guard

_LIBC = ctypes.CDLL(None, use_errno=True)
_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG in <sys/prctl.h>
_READ_BYTES = 65536


def _die_with_node(node_pid: int) -> None:
    """Run in the child between fork and exec."""
    _LIBC.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != node_pid:
        os._exit(1)


class Process:
    """A running command. `exited` gives its exit code: 128 and the number for a signal."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        guard: Guard,
        output: Callable[[bytes], None],
    ) -> None:
        """Start the command; raises OSError where it can't be started."""
        node_pid = os.getpid()
        self._guard = guard
        self._output = output
        self._loop = asyncio.get_running_loop()
        self._popen = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: _die_with_node(node_pid),  # noqa: PLW1509 - the node has one thread
        )
        guard.watch(self._popen.pid)
        self.exited: asyncio.Future[int] = self._loop.create_future()
        self._pid_file = os.pidfd_open(self._popen.pid)
        self._loop.add_reader(self._pid_file, self._ended)
        if self._popen.stdout is None:
            raise RuntimeError("the process was started without a pipe")
        self._pipe = self._popen.stdout.fileno()
        os.set_blocking(self._pipe, False)
        self._loop.add_reader(self._pipe, self._read)

    @property
    def pid(self) -> int:
        """The process id; of its group too."""
        return self._popen.pid

    def terminate(self) -> None:
        """Ask the command itself to end (SIGTERM), as a container's first process is asked."""
        with contextlib.suppress(ProcessLookupError):
            self._popen.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the command and all that descends from it (SIGKILL), as the end of a container does.

        A descendant may lead a group of its own, and be stopped: no other signal reaches it.
        """
        if self._popen.returncode is None:
            with contextlib.suppress(psutil.NoSuchProcess):
                for process in psutil.Process(self.pid).children(recursive=True):
                    with contextlib.suppress(psutil.NoSuchProcess):
                        process.kill()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def _read(self) -> bool:
        """Pass on what the command has written; False when there is no more."""
        try:
            data = os.read(self._pipe, _READ_BYTES)
        except BlockingIOError:
            return False
        if data:
            self._output(data)
        else:
            self._loop.remove_reader(self._pipe)
        return bool(data)

    def _ended(self) -> None:
        # The zombie keeps the group's number taken: kill what is left of it before reaping.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        code = self._popen.wait()
        self._guard.release(self.pid)
        self._loop.remove_reader(self._pid_file)
        os.close(self._pid_file)
        while self._read():
            pass
        self._loop.remove_reader(self._pipe)
        if self._popen.stdout is not None:
            self._popen.stdout.close()
        if not self.exited.done():
            self.exited.set_result(code if code >= 0 else 128 - code)


async def run_briefly(process: Process, timeout_seconds: float) -> int | None:
    """Wait for a command's exit code; after the timeout it is killed and None is given."""
    try:
        async with asyncio.timeout(timeout_seconds):
            return await asyncio.shield(process.exited)
    except TimeoutError:
        return None
    finally:
        process.kill()
