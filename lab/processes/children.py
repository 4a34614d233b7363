"""Start a child process of a lab; stop, kill, freeze or thaw it with all that descends from it."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil

from lab.processes.janitor import MARKER

KEPT_VARIABLES = ("PATH", "HOME", "USER", "TZ", "LANDBRIDGE_LAB", "TMPDIR")
END_POLL_SECONDS = 0.005

# The kernel sends the parent-death signal when the *thread* that started the child ends, so one
# thread that lives as long as the process starts them all.
_starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lab-starter")


class ChildError(RuntimeError):
    """A child process could not be started, or ended when it should not have."""


@dataclass(frozen=True)
class Child:
    """A running child: ``name`` for people, its log, and its process."""

    name: str
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        """The child's process id, which is also its process group."""
        return self.process.pid

    @property
    def running(self) -> bool:
        """Whether the child has not ended; collects its exit status when it has."""
        return self.process.poll() is None

    def tree(self) -> list[psutil.Process]:
        """Return the child and its descendants, none if it has ended."""
        if not self.running:
            return []
        try:
            child = psutil.Process(self.pid)
            return [child, *child.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def stop(self, with_signal: int = signal.SIGTERM, timeout_seconds: float = 2.0) -> None:
        """Ask the child to end, then kill what is left of it; returns when it has ended."""
        tree = self.tree()
        if self.running:
            self.process.send_signal(with_signal)
        try:
            self.process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        for process in tree:
            _signal(process, signal.SIGKILL)

    def kill(self) -> None:
        """Kill the child and its descendants at once (SIGKILL); returns when all have ended."""
        if self.running:
            self.process.send_signal(signal.SIGSTOP)  # so that it starts no more children
        tree = self.tree()
        for process in tree:
            _signal(process, signal.SIGKILL)
        self.process.wait()
        while any(map(_alive, tree)):
            time.sleep(END_POLL_SECONDS)

    def freeze(self) -> None:
        """Stop the child and its descendants in their tracks (SIGSTOP): connections stay open."""
        for process in self.tree():
            _signal(process, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen child and its descendants go on (SIGCONT)."""
        for process in reversed(self.tree()):
            _signal(process, signal.SIGCONT)

    def log_tail(self, lines: int = 15) -> str:
        """Return the last lines of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def spawn(
    name: str,
    argv: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    user: str | None = None,
    cwd: Path | None = None,
    death_signal: str = "KILL",
) -> Child:
    """Start ``argv`` as a child of the lab, in its own process group, output appended to ``log``.

    ``env`` is added to a clean environment (see ``environment``) and must carry ``LANDBRIDGE_LAB``
    unless this process already does. ``user`` needs root. ``death_signal`` is what the kernel sends
    the child when this process goes away. Raises ChildError when there is no such program.
    """
    command = wrapped(argv, user=user, death_signal=death_signal)
    variables = environment(env or {})

    def start() -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            return subprocess.Popen(
                command,
                env=variables,
                cwd=cwd or "/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
            )

    return Child(name, log, _starter.submit(start).result())


def run(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    user: str | None = None,
    stdin: str = "",
    timeout_seconds: float = 60.0,
) -> str:
    """Run ``argv`` as a child of the lab to its end; its output. Raises ChildError if it fails."""
    done = subprocess.run(
        wrapped(argv, user=user),
        env=environment(env or {}),
        cwd="/",
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout_seconds,
        check=False,
    )
    if done.returncode:
        raise ChildError(f"{Path(argv[0]).name} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def wrapped(
    argv: Sequence[str | Path], *, user: str | None = None, death_signal: str = "KILL"
) -> list[str]:
    """Return the command that sets the parent-death signal, becomes ``user``, and runs ``argv``.

    util-linux's setpriv does it after the fork and after the change of user (which would clear the
    signal), without Python code between fork and exec.
    """
    program = shutil.which(argv[0])
    if program is None:
        raise ChildError(f"there is no program {argv[0]}")
    command = ["setpriv", "--pdeathsig", death_signal]
    if user is not None:
        entry = pwd.getpwnam(user)
        command += ["--reuid", str(entry.pw_uid), "--regid", str(entry.pw_gid), "--clear-groups"]
    return [*command, "--", program, *(str(part) for part in argv[1:])]


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return a child's whole environment: little is inherited, so labs are alike everywhere."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    fixed = {"LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"}
    variables = kept | fixed | dict(extra)
    if MARKER not in variables:
        raise ChildError(f"{MARKER} is not set: the janitor could not find this child")
    return variables


def python(*arguments: str | Path) -> list[str | Path]:
    """Return the command that runs this interpreter with ``arguments``."""
    return [sys.executable, *arguments]


def _alive(process: psutil.Process) -> bool:
    """Tell whether the process runs; one that only waits to be collected has ended."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _signal(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
