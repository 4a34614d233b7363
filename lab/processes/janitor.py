"""The last process of a lab: it outlives the parent and leaves nothing behind.

Started as ``python -I -S janitor.py LAB_ID FOLDER`` with the read end of a pipe as standard input.
It makes the folder, says ``ready``, and waits for the pipe's end: the kernel closes the other end
whichever way the parent goes, SIGKILL included. Then it kills what belongs to the lab until nothing
is left, frees what killed processes left in the kernel, and removes the folder.

Standard library only, so that it starts fast and nothing else can break it.
"""

import contextlib
import ctypes
import os
import shutil
import signal
import sys
import time
from pathlib import Path

MARKER = "LANDBRIDGE_LAB"
POLL_SECONDS = 0.02
PATIENCE_SECONDS = 30.0
MOST_LOOKS = 10
IPC_RMID = 0


def marked(process: Path, marker: bytes, folder: str) -> bool | None:
    """Tell whether the process under /proc belongs to the lab; None: it can't be told yet.

    It does when its environment carries the marker. PostgreSQL's backends write their title over
    their environment, so an erased environment counts when the process works inside the folder.
    While a process changes its program (exec) the kernel shows no environment at all.
    """
    environment = (process / "environ").read_bytes()
    if not environment:
        (process / "exe").readlink()  # raises OSError for what has no program: kernel, zombies
        return None
    if marker in environment.split(b"\0"):
        return True
    erased = not environment.strip(b"\0")
    return erased and (process / "cwd").readlink().is_relative_to(folder)


def parent_of(process: Path) -> int:
    """Return the parent's pid; the name before it may hold spaces and brackets."""
    return int((process / "stat").read_text().rpartition(")")[2].split()[1])


def members(marker: bytes, folder: str) -> tuple[set[int], set[int]]:
    """Return the lab's processes with all that descends from them, and those not to be told."""
    parents: dict[int, int] = {}
    found: set[int] = set()
    unclear: set[int] = set()
    for process in Path("/proc").glob("[0-9]*"):
        # A process may end while it is read, and another user's may not be read at all.
        with contextlib.suppress(OSError):
            pid = int(process.name)
            parents[pid] = parent_of(process)
            belongs = marked(process, marker, folder)
            if belongs is None:
                unclear.add(pid)
            elif belongs:
                found.add(pid)
    while children := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= children
    return found - {os.getpid()}, unclear - found


def kill_all(marker: bytes, folder: str) -> None:
    """Kill the lab's processes, again and again, until none is left.

    A process that can't be told is looked at again, a few times: one that was started with an
    empty environment stays so, one that is changing its program does not.
    """
    give_up = time.monotonic() + PATIENCE_SECONDS
    looks: dict[int, int] = {}
    while True:
        found, unclear = members(marker, folder)
        looks = {pid: looks.get(pid, 0) + 1 for pid in unclear}
        if not found and all(count >= MOST_LOOKS for count in looks.values()):
            return
        if time.monotonic() > give_up:
            sys.exit(f"janitor: processes {sorted(found)} do not end; {folder} stays")
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(POLL_SECONDS)


def free_shared_memory(folder: Path) -> None:
    """Remove the System V segment that each killed PostgreSQL leaves in the kernel.

    Its id stands on line 7 of postmaster.pid ("key id").
    """
    libc = ctypes.CDLL(None, use_errno=True)
    for pid_file in folder.glob("**/postmaster.pid"):
        lines = pid_file.read_text().splitlines()
        if len(lines) > 6 and len(lines[6].split()) == 2:  # noqa: PLR2004 - line 7, two numbers
            libc.shmctl(int(lines[6].split()[1]), IPC_RMID, None)


def main() -> None:
    """Make the folder, wait for the parent's end, clean up."""
    lab_id, folder = sys.argv[1], Path(sys.argv[2])
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)  # whatever the umask
    os.write(1, b"ready\n")
    os.close(1)
    while os.read(0, 1):
        pass
    kill_all(f"{MARKER}={lab_id}".encode(), str(folder))
    free_shared_memory(folder)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
