"""A disk without space, as a program sees it that has the library loaded."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.processes.folder import LabFolder
from lab.sites.disk import Disk, compile_shim, why_never_full

pytestmark = pytest.mark.skipif(bool(why_never_full()), reason=why_never_full())
# Each line is one thing that a database does to its files; what fails prints its error's name.
PROGRAM = """
import errno, os, sys
disk, other = sys.argv[1:]
old = os.open(f"{disk}/old", os.O_RDWR)
new = lambda folder: os.open(f"{folder}/new", os.O_RDWR | os.O_CREAT)
deeds = {
    "overwrite": lambda: os.pwrite(old, b"y" * 8192, 0),
    "grow by pwrite": lambda: os.pwrite(old, b"y" * 8192, 8192),
    "grow by writev": lambda: os.writev(old, [b"y" * 8000, b"y" * 193]),
    "grow by write": lambda: os.write(new(disk), b"y"),
    "grow by fallocate": lambda: os.posix_fallocate(old, 0, 16384),
    "grow by ftruncate": lambda: os.ftruncate(old, 16384),
    "shrink": lambda: os.ftruncate(old, 8192),
    "grow elsewhere": lambda: os.write(new(other), b"y"),
    "say something": lambda: os.write(2, b"said"),
}
sys.stdin.readline()
for name, deed in deeds.items():
    try:
        deed()
    except OSError as error:
        print(name, errno.errorcode[error.errno])
"""
GROWS = {"grow by pwrite", "grow by writev", "grow by write", "grow by fallocate"}
GROWS |= {"grow by ftruncate"}


@pytest.fixture(name="disk")
def _disk(lab: LabFolder) -> Iterator[Disk]:
    """Make a disk with one file of one page."""
    disk = Disk(lab.folder("disk"))
    disk.make()
    (disk.folder / "old").write_bytes(b"x" * 8192)
    yield disk
    (disk.folder / "new").unlink(missing_ok=True)


def failures(lab: LabFolder, disk: Disk, *, fill: bool) -> set[str]:
    """Return what fails; the disk is filled when the program runs already."""
    elsewhere = lab.folder("disk-of-another-site")
    command = [sys.executable, "-c", PROGRAM, disk.folder, elsewhere]
    variables = {**disk.environment, "LD_PRELOAD": str(compile_shim(lab))}
    with subprocess.Popen(
        command, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        if fill:
            disk.fill()
        said, _ = program.communicate("go\n")
    disk.free()
    return set(said.splitlines())


def test_nothing_grows_on_a_full_disk_and_all_else_works(lab: LabFolder, disk: Disk) -> None:
    """What would grow gets ENOSPC, also in a program that ran before; what is there can change."""
    assert failures(lab, disk, fill=True) == {f"{deed} ENOSPC" for deed in GROWS}
    assert (Path(disk.folder) / "old").read_bytes() == b"y" * 8192


def test_with_space_everything_works(lab: LabFolder, disk: Disk) -> None:
    """The library changes nothing while the switch is off."""
    assert failures(lab, disk, fill=False) == set()
    assert not disk.is_full
