"""PostgreSQL's programs, as the user who may run them, in a locale whose words can be read."""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from landbridge.database_pod.environment import PodSettings
from landbridge.domain.errors import ConfigurationError

__all__ = ["ProgramError", "Programs"]

# Ends a program's whole process group when this process goes away, however it goes: its end of the
# pipe closes. A killed rebuild must leave nobody behind that writes to the volume or holds the
# slot, and pg_basebackup has a process of its own for WAL.
_WATCH = 'read word; kill -s "$1" -- "-$0"'
# Neither the gate's key nor another server's address is any of their business.
_PRIVATE = ("PG", "GATE_")


class ProgramError(Exception):
    """A program ended badly; ``said`` is what it wrote to its error output."""

    def __init__(self, name: str, status: int, said: str) -> None:
        super().__init__(f"{name}: {_gist(said) or f'it ended with {status}'}")
        self.said = said


@dataclass(frozen=True)
class Programs:
    """Runs them, in an environment that has no secrets of this process."""

    pod: PodSettings

    def output(self, name: str, *arguments: str | Path, stdin: str = "", **variables: str) -> str:
        """Run a program to its end; return its output. Raises ProgramError."""
        done: subprocess.CompletedProcess[str] = subprocess.run(
            self.command(name, *arguments),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            **self._process(variables),
        )
        if done.returncode:
            raise ProgramError(name, done.returncode, done.stderr)
        return done.stdout

    def lines(
        self,
        name: str,
        *arguments: str | Path,
        of: str = "stdout",
        accept: Callable[[str], bool] = lambda _said: False,
    ) -> Generator[str, None, None]:
        """Yield a program's output, or its error output, line by line, while it runs.

        Raises ProgramError in the end where it failed; ``accept`` tells from its error output that
        the failure is none.
        """
        with TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
            streams: dict[str, Any] = {
                "stdout": subprocess.DEVNULL,
                "stderr": said,
                of: subprocess.PIPE,
            }
            with self.started(name, *arguments, **streams) as process:
                for line in process.stdout or process.stderr or ():
                    if of == "stderr":
                        said.write(line)
                    yield line.rstrip("\n")
                status = process.wait()
            said.seek(0)
            words = said.read()
        if status and not accept(words):
            raise ProgramError(name, status, words)

    @contextmanager
    def started(
        self, name: str, *arguments: str | Path, death: int = signal.SIGKILL, **streams: Any
    ) -> Iterator[subprocess.Popen[str]]:
        """Start a program; it gets ``death`` where the block, or this process, ends before it."""
        streams = {"stdin": subprocess.DEVNULL, **streams}
        command = self.command(name, *arguments)
        with subprocess.Popen(command, text=True, **streams, **self._process({})) as process:
            watch = subprocess.Popen(
                ["/bin/sh", "-c", _WATCH, str(process.pid), signal.Signals(death).name[3:]],
                stdin=subprocess.PIPE,
                start_new_session=True,
            )
            try:
                yield process
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, death)
                    process.wait()
                watch.kill()
                watch.communicate()

    def command(self, name: str, *arguments: str | Path) -> list[str]:
        """Return the command line; raise ConfigurationError where there is no such program."""
        folder = self.pod.programs_folder
        found = shutil.which(name, path=str(folder) if folder else None)
        if found is None:
            where = folder or "PATH"
            raise ConfigurationError(f"there is no program {name} in {where}", "POSTGRES_PROGRAMS")
        return [found, *map(str, arguments)]

    @property
    def changes_user(self) -> bool:
        """Whether the programs run as another user than this process."""
        return self.pod.user is not None and os.geteuid() == 0

    def own(self, *paths: Path) -> None:
        """Give what this process wrote to the user who runs the programs."""
        if self.pod.user is not None and self.changes_user:
            entry = pwd.getpwnam(self.pod.user)
            for path in paths:
                os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)

    def _process(self, variables: dict[str, str]) -> dict[str, Any]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(_PRIVATE)}
        return {
            "env": {**kept, "HOME": str(self.pod.data_folder), "LC_ALL": "C", **variables},
            "cwd": "/",
            "process_group": 0,
            **self._user(),
        }

    def _user(self) -> dict[str, Any]:
        if self.pod.user is None or not self.changes_user:
            return {}
        entry = pwd.getpwnam(self.pod.user)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _gist(said: str) -> str:
    """Return the last error among a program's words, or its last words."""
    lines = [line for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if "error:" in line.lower() or "fatal:" in line.lower()]
    words = (errors or lines or [""])[-1]
    return words.partition("error: ")[2] or words
