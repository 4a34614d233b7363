"""One lab's identity, its folder under the temporary directory, and its janitor."""

import os
import pwd
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from lab.processes import janitor
from lab.processes.children import Child, ChildError, run, spawn
from lab.processes.janitor import MARKER

# A socket's path has at most 107 bytes; the lab's own part of it needs about 60.
LONGEST_BASE = 45
OTHERS_MAY_PASS = 0o001
MEMORY = Path("/dev/shm")  # noqa: S108 - likewise
LEAST_MEMORY_BYTES = 6 << 30  # a lab has some 300 MB, after many ways there and back 1 GB


class LabFolder:
    """A lab's owner: its ``id``, its folder ``path``, and the children that it starts.

    Use it as a context manager, or call ``close``. Whichever way this process ends, the janitor
    kills every process of the lab and removes the folder.
    """

    def __init__(self) -> None:
        self.id = secrets.token_hex(6)
        self.path = temporary_base() / f"landbridge-{self.id}"
        self._children: list[Child] = []
        self._janitor = self._start_janitor()
        self.folder("logs")
        # Children of any user put their temporary files here, where they vanish with the lab.
        self.folder("tmp").chmod(0o1777)

    def __enter__(self) -> Self:
        """Return the lab's folder, which exists already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the lab."""
        self.close()

    def folder(self, name: str, *, user: str | None = None, mode: int = 0o755) -> Path:
        """Make the folder ``name`` (with its parents) in the lab, owned by ``user``; its path."""
        path = self.path / name
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode)
        if user is not None:
            entry = pwd.getpwnam(user)
            os.chown(path, entry.pw_uid, entry.pw_gid)
        return path

    def within(self, name: str) -> "LabFolder":
        """Return a part of the lab, whose folders and logs are in its folder ``name``."""
        return _FolderWithin(self, name, self._children)

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return ``extra`` with the lab's marker and temporary directory."""
        return {MARKER: self.id, "TMPDIR": str(self.path / "tmp"), **(extra or {})}

    def spawn(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        cwd: Path | None = None,
        death_signal: str = "KILL",
    ) -> Child:
        """Start a child whose log is ``logs/<name>.log``; see ``children.spawn``."""
        child = spawn(
            name,
            argv,
            log=self.path / "logs" / f"{name.replace('/', '-')}.log",
            env=self.environment(env),
            user=user,
            cwd=cwd,
            death_signal=death_signal,
        )
        self._children.append(child)
        return child

    def run(
        self,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        stdin: str = "",
        timeout_seconds: float = 60.0,
    ) -> str:
        """Run a program of the lab to its end; see ``children.run``."""
        variables = self.environment(env)
        return run(argv, env=variables, user=user, stdin=stdin, timeout_seconds=timeout_seconds)

    def close(self) -> None:
        """Kill what still runs and remove the folder; returns when both are done."""
        if self._janitor.stdin is None or self._janitor.stdin.closed:
            return
        self._janitor.stdin.close()
        status = self._janitor.wait()
        for child in self._children:
            child.kill()  # ended already: this collects its exit status
        if status:
            raise ChildError(f"the janitor of lab {self.id} ended with {status}")

    def _start_janitor(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", janitor.__file__, self.id, self.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"LANG": "C.UTF-8"},
            cwd="/",
            start_new_session=True,
        )
        if process.stdout is None:
            raise ChildError("the janitor has no output")
        with process.stdout as output:
            if output.readline() != b"ready\n":
                raise ChildError(f"the janitor could not make {self.path}")
        return process


class _FolderWithin(LabFolder):
    """A part of a lab, with a folder and logs of its own; it ends with the lab, not by itself."""

    def __init__(  # no lab of its own: nothing of a lab's beginning
        self, whole: LabFolder, name: str, children: list[Child]
    ) -> None:
        self._whole = whole
        self.id, self.path = whole.id, whole.folder(name)
        self._children = children
        self.folder("logs")

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return ``extra`` with the whole lab's marker and temporary directory."""
        return self._whole.environment(extra)

    def close(self) -> None:
        """Do nothing: the whole lab's owner ends it."""


def temporary_base() -> Path:
    """Return a temporary directory that every user may pass and whose path is short.

    In memory where that is large and TMPDIR asks for no other place: a lab writes thousands of
    small files, and none of them shall outlive it.
    """
    bases = [Path(tempfile.gettempdir()).resolve(), Path("/tmp"), Path("/var/tmp")]  # noqa: S108 - the lab's folder in it has a random name
    if "TMPDIR" not in os.environ and _is_large(MEMORY):
        bases.insert(0, MEMORY)
    for base in bases:
        passable = all(part.stat().st_mode & OTHERS_MAY_PASS for part in (base, *base.parents))
        if passable and len(str(base)) <= LONGEST_BASE and os.access(base, os.W_OK):
            return base
    raise ChildError("there is no temporary directory with a short path that all users may pass")


def _is_large(memory: Path) -> bool:
    """Whether several labs have room there, and programs may run from it."""
    try:
        runs = not os.statvfs(memory).f_flag & os.ST_NOEXEC
        free = min(shutil.disk_usage(memory).free, psutil.virtual_memory().available)
    except OSError:
        return False
    return runs and free >= LEAST_MEMORY_BYTES
