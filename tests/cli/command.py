"""The command as a person runs it: a process of its own, in a folder of its own."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil

from lab.processes.folder import temporary_base

__all__ = ["Place", "place"]

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "landbridge.cli.main"]
MARKER = "LANDBRIDGE_LAB"


class Place:
    """Where a person works: ``folder`` is the current one, ``temporary`` holds labs' folders."""

    def __init__(self, base: Path) -> None:
        self.folder, self.temporary = base / "work", base / "tmp"
        base.chmod(0o755)  # the databases' user looks for its folder from above
        self.folder.mkdir()
        self.temporary.mkdir()
        self.temporary.chmod(0o1777)
        variables = {name: text for name, text in os.environ.items() if name != MARKER}
        self._environment = variables | {
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "200",
            "TMPDIR": str(self.temporary),
        }

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``landbridge ARGUMENTS`` until it ends."""
        return subprocess.run(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start ``landbridge ARGUMENTS`` as a terminal's foreground job."""
        with (self.folder / "output").open("wb") as output:
            return subprocess.Popen(
                [*COMMAND, *arguments],
                cwd=self.folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                # A shell's background job ignores SIGINT, and so would what it starts.
                preexec_fn=_take_interrupts,  # noqa: PLW1509 - only this between fork and exec
            )

    def labs(self) -> list[Path]:
        """Return the folders of labs."""
        return list(self.temporary.glob("landbridge-*"))

    def processes(self, lab: Path) -> list[str]:
        """Return the command lines of the living processes that carry the lab's marker.

        PostgreSQL's backends write over theirs: those are known by the folder that they work in.
        """
        return [text for _, text in _living(MARKER, lab.name.removeprefix("landbridge-"), lab)]

    def clear(self) -> None:
        """Kill what a command has left, so that a test that fails leaves nothing either."""
        for process, _ in _living("TMPDIR", str(self.temporary), self.temporary):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


def _living(variable: str, value: str, folder: Path) -> list[tuple[psutil.Process, str]]:
    """Return processes by a variable of their environment or by where they work."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            works_there = process.cwd().startswith(str(folder))
            if works_there or process.environ().get(variable) == value:
                found.append((process, " ".join(process.cmdline()) or process.name()))
    return found


@contextlib.contextmanager
def place() -> Iterator[Place]:
    """Make a place with a short path: PostgreSQL's sockets lie in it."""
    base = Path(tempfile.mkdtemp(prefix="place-", dir=temporary_base()))
    made = Place(base)
    try:
        yield made
    finally:
        made.clear()
        shutil.rmtree(base, ignore_errors=True)  # what was killed may have a janitor at work


def _take_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
