"""How a Lambda worker's process comes to be: forked from one that has the runtime's packages.

``lambda_starter`` forks it. Where its clock shall be wrong it is a program of its own from the
start: what has been imported keeps the clock that it knew.
"""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from lab.aws.lambda_packages import Runtime
from lab.processes.wrong_clock import VARIABLE

__all__ = ["Forked", "Starter"]

BOOTSTRAP = Path(__file__).with_name("lambda_bootstrap.py")
STARTER = Path(__file__).with_name("lambda_starter.py")
_POLL_SECONDS = 0.005
_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
_LONGEST_ANSWER = 32


class Forked:
    """A process that became this one's child, with the face of a ``Popen``."""

    def __init__(self, pid: int, stdin: int) -> None:
        self.pid = pid
        self.stdin = os.fdopen(stdin, "wb")
        self.returncode: int | None = None
        self._lock = threading.Lock()

    def poll(self) -> int | None:
        """Return how it ended as ``Popen`` tells it, None while it runs."""
        with self._lock:
            if self.returncode is None:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                if pid:
                    self.returncode = os.waitstatus_to_exitcode(status)
            return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return how it ended; raise TimeoutExpired."""
        give_up = None if timeout is None else time.monotonic() + timeout
        while (ended := self.poll()) is None:
            if give_up is not None and time.monotonic() > give_up:
                raise subprocess.TimeoutExpired(f"worker {self.pid}", timeout or 0.0)
            time.sleep(_POLL_SECONDS)
        return ended

    def terminate(self) -> None:
        """Ask it to end."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self._send(signal.SIGKILL)

    def _send(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


class Starter:
    """Starts workers; its own process ends with this one, as soon as nobody can ask it."""

    def __init__(self, runtime: Runtime) -> None:
        """Start it. From now on orphans among this process's descendants are its children."""
        ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._packages = str(runtime.packages)
        self._lock = threading.Lock()
        self._asking, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", STARTER, str(theirs.fileno()), self._packages],
                # With the lab's marker: the kernel shows it as the environment of each worker.
                env={"PATH": "/usr/bin:/bin", "LANG": "en_US.UTF-8", **runtime.environment},
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def start(
        self, task_root: Path, handler: str, environment: Mapping[str, str], log: Path
    ) -> tuple["subprocess.Popen[bytes] | Forked", int]:
        """Start a worker; return it, and the file descriptor from which its answers are read."""
        begin = self._run if VARIABLE in environment else self._fork
        answers, answers_in = os.pipe()
        try:
            with log.open("wb") as output:
                return begin(task_root, handler, environment, output, answers_in), answers
        finally:
            os.close(answers_in)

    def _run(
        self,
        task_root: Path,
        handler: str,
        environment: Mapping[str, str],
        log: BinaryIO,
        answers: int,
    ) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-I", "-S", str(BOOTSTRAP)]
        return subprocess.Popen(
            [*command, str(answers), str(task_root), self._packages, handler],
            cwd=task_root,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            pass_fds=[answers],
        )

    def _fork(
        self,
        task_root: Path,
        handler: str,
        environment: Mapping[str, str],
        log: BinaryIO,
        answers: int,
    ) -> Forked:
        asked = {
            "task_root": str(task_root),
            "handler": handler,
            "environment": dict(environment),
        }
        stdin_out, stdin = os.pipe()
        try:
            with self._lock:
                theirs = [stdin_out, log.fileno(), answers]
                socket.send_fds(self._asking, [json.dumps(asked).encode()], theirs)
                return Forked(int(self._asking.recv(_LONGEST_ANSWER)), stdin)
        finally:
            os.close(stdin_out)
