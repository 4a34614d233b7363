"""A child belongs to its lab, runs as whom it should, and can be stopped in each way."""

import os
import select
import threading
from collections.abc import Iterator

import psutil
import pytest

from lab.processes import children
from lab.processes.children import Child, ChildError, python, spawn
from lab.processes.folder import LabFolder
from lab.processes.waiting import wait_for_file, wait_for_port, wait_until

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="changing the user needs root")


@pytest.fixture
def lab() -> Iterator[LabFolder]:
    """Open a lab with nothing in it."""
    with LabFolder() as folder:
        yield folder


def with_a_child(lab: LabFolder) -> Child:
    """Start a child that has a child of its own."""
    up = lab.path / "up"
    child = lab.spawn("family", ["sh", "-c", f"sleep 600 & : > {up}; wait"])
    wait_for_file(up, child=child)
    return child


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_an_ended_child_takes_its_children_along(lab: LabFolder, how: str) -> None:
    """Neither a stopped nor a killed child leaves a descendant."""
    child = with_a_child(lab)
    tree = child.tree()
    assert len(tree) == 2
    getattr(child, how)()
    wait_until(lambda: not any(map(children._alive, tree)), "end of the tree")


def test_a_frozen_child_stands_still_until_it_is_thawed(lab: LabFolder) -> None:
    """Freezing stops the whole tree without ending it; thawing lets it go on."""
    child = with_a_child(lab)
    child.freeze()
    wait_until(lambda: states(child) == {"stopped"}, "stopped tree")
    child.thaw()
    wait_until(lambda: "stopped" not in states(child), "running tree")
    assert child.running


def states(child: Child) -> set[str]:
    """Return the states of the child's tree."""
    return {process.status() for process in child.tree()}


def test_a_child_outlives_the_thread_that_asked_for_it(lab: LabFolder) -> None:
    """The kernel's parent-death signal follows a thread: the caller's end must not matter."""
    started: list[Child] = []
    thread = threading.Thread(target=lambda: started.append(with_a_child(lab)))
    thread.start()
    thread.join()
    assert started[0].running


@as_root
def test_a_child_runs_as_the_user_asked_for(lab: LabFolder) -> None:
    """Root may start an unprivileged child, which loses root's groups too."""
    assert lab.run(["id", "-un"], user="nobody").strip() == "nobody"
    assert lab.run(["id", "-G"], user="nobody") == lab.run(["id", "-g"], user="nobody")


STARTER = """
import sys, time
from pathlib import Path
from lab.processes.children import spawn

child = spawn("sleeper", ["sleep", "600"], log=Path(sys.argv[1]), user=sys.argv[2] or None)
Path(sys.argv[1]).with_suffix(".pid").write_text(str(child.pid))
time.sleep(600)
"""


@pytest.mark.parametrize("user", ["", pytest.param("nobody", marks=as_root)])
def test_a_child_dies_with_its_starter(lab: LabFolder, user: str) -> None:
    """The kernel ends a child when its starter is killed, a change of user notwithstanding."""
    log = lab.path / "sleeper.log"
    starter = lab.spawn("starter", python("-c", STARTER, log, user))
    pid_file = log.with_suffix(".pid")
    wait_until(lambda: pid_file.exists() and bool(pid_file.read_text()), "pid", child=starter)
    pid = int(pid_file.read_text())
    # Until the program runs the signal may not be set; the janitor covers that moment.
    wait_until(lambda: psutil.Process(pid).name() == "sleep", "sleeper", child=starter)
    child = os.pidfd_open(pid)
    starter.process.kill()
    readable, _, _ = select.select([child], [], [], 30)
    os.close(child)
    assert readable


def test_a_child_without_a_lab_is_refused(lab: LabFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that the janitor could not find does not start."""
    monkeypatch.delenv("LANDBRIDGE_LAB", raising=False)
    with pytest.raises(ChildError, match="LANDBRIDGE_LAB is not set"):
        spawn("lost", ["sleep", "600"], log=lab.path / "log")


def test_a_missing_program_is_named(lab: LabFolder) -> None:
    """Starting what is not there raises at once."""
    with pytest.raises(ChildError, match="there is no program nonesuch"):
        lab.spawn("nonesuch", ["nonesuch"])


def test_waiting_for_a_child_that_ends_shows_its_last_words(lab: LabFolder) -> None:
    """A wait does not go on for a child that died: its log says why."""
    child = lab.spawn("short", ["sh", "-c", "echo out of luck >&2; exit 3"])
    with pytest.raises(ChildError, match="out of luck"):
        wait_for_port("127.0.0.1", 9, child=child)
