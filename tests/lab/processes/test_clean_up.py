"""However the parent of a lab goes, its processes and its folder go too."""

import contextlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from lab.processes import janitor
from lab.processes.folder import LabFolder
from lab.processes.waiting import wait_for_file, wait_until

PARENT = Path(__file__).parent / "parent_of_a_lab.py"


def processes_of(lab_id: str) -> list[str]:
    """Return the command lines of the living processes that carry the lab's marker."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("LANDBRIDGE_LAB") == lab_id:
                found.append(" ".join(process.cmdline()))
    return found


class Parent:
    """A separate process with a lab of four children that are hard to end."""

    def __init__(self, folder: Path) -> None:
        note = folder / "note"
        command = [sys.executable, PARENT, note]
        self.process = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
        wait_for_file(note)
        self.lab_id, path, janitor = note.read_text().split()
        self.path = Path(path)
        self.janitor = os.pidfd_open(int(janitor))

    def end(self, with_signal: int) -> None:
        """Signal the parent's process group, as a terminal does, and wait for the janitor."""
        os.killpg(self.process.pid, with_signal)
        self.process.wait()
        readable, _, _ = select.select([self.janitor], [], [], 30)
        assert readable, "the janitor does not end"


@pytest.fixture
def parent(tmp_path: Path) -> Iterator[Parent]:
    """Start a parent; end it after the test."""
    parent = Parent(tmp_path)
    yield parent
    parent.process.kill()
    parent.process.wait()
    os.close(parent.janitor)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_nothing_is_left_however_the_parent_ends(parent: Parent, how: signal.Signals) -> None:
    """A killed, interrupted or hung-up parent leaves no process and no folder."""
    assert len(processes_of(parent.lab_id)) == 5  # the nested child has a child of its own
    parent.end(how)
    assert processes_of(parent.lab_id) == []
    assert not parent.path.exists()


def test_a_closed_lab_leaves_nothing() -> None:
    """The ordinary end removes the folder and whatever still runs."""
    with LabFolder() as lab:
        child = lab.spawn("sleeper", ["sleep", "600"])
        assert child.running
    assert not child.running
    assert not lab.path.exists()
    assert processes_of(lab.id) == []


def test_closing_one_lab_leaves_the_other_alone() -> None:
    """A janitor ends the processes of its own lab only."""
    with LabFolder() as kept:
        survivor = kept.spawn("survivor", ["sleep", "600"])
        with LabFolder() as ended:
            ended.spawn("sleeper", ["sleep", "600"])
        assert survivor.running
        assert kept.path.exists()


def test_a_process_whose_environment_does_not_show_yet_is_looked_at_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In the middle of an exec the kernel shows an empty environment: nobody is missed for it."""
    with subprocess.Popen(["sleep", "600"], env={"LANDBRIDGE_LAB": "unclear"}) as process:
        wait_until(lambda: psutil.Process(process.pid).name() == "sleep", "sleeper")
        truth = janitor.marked
        views: list[bool | None] = [None, None]

        def late(path: Path, marker: bytes, folder: str) -> bool | None:
            if path.name == str(process.pid) and views:
                return views.pop()
            return truth(path, marker, folder)

        monkeypatch.setattr(janitor, "marked", late)
        janitor.kill_all(b"LANDBRIDGE_LAB=unclear", "/nowhere")
        assert process.wait() == -signal.SIGKILL
