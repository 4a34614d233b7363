"""The volume of a database pod: where what lies, and writes that survive a kill at any moment.

::

    data/           PGDATA
    data.new/       a base backup that is being made
    data.verified/  a base backup that is whole, about to take data's place
    data.old/       what it took the place of, about to be removed
    rewinding.json  there while pg_rewind changes data: what it leaves behind is not to be trusted
    export/<run>/   forked rows and the WAL that wrote them
    pgpass          the pass file as libpq reads it, made anew from the Secret at each start
    lock            held by whoever works on the volume
"""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_IMODE, S_IRWXO, S_IWGRP
from typing import Any

from landbridge.adapters.polling import poll
from landbridge.database_pod.programs import Programs
from landbridge.domain.errors import RebuildFailedError

__all__ = ["Volume", "folder_bytes", "sync_folder", "sync_tree"]

LOCK_SECONDS = 30.0
_TOO_OPEN = S_IWGRP | S_IRWXO


@dataclass(frozen=True)
class Volume:
    """A volume and who owns what is on it."""

    programs: Programs

    @property
    def folder(self) -> Path:
        """The volume itself."""
        return self.programs.pod.data_folder

    @property
    def data(self) -> Path:
        """The data folder that the server runs on."""
        return self.folder / "data"

    @property
    def fresh(self) -> Path:
        """A base backup while it is made."""
        return self.folder / "data.new"

    @property
    def has_database(self) -> bool:
        """Whether there is a data folder with a database in it."""
        return (self.data / "global" / "pg_control").exists()

    @property
    def is_standby(self) -> bool:
        """Whether the data folder's server would start as a standby."""
        return (self.data / "standby.signal").exists()

    @contextmanager
    def locked(self) -> Iterator[int]:
        """Keep everybody else off the volume, while this or a child has the yielded file open.

        Raises RebuildFailedError where somebody stays on it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as file:

            def take() -> bool | None:
                with suppress(BlockingIOError):
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return True
                return None

            if poll(take, LOCK_SECONDS) is None:
                raise RebuildFailedError(
                    f"somebody else works on {self.folder}",
                    "stop the database or the other rebuild first",
                )
            self.programs.own(self.folder, self.folder / "lock")
            self._close_to_the_group()
            yield file.fileno()

    def _close_to_the_group(self) -> None:
        # A kubelet lets the fsGroup write to all of a volume that it mounts, and PostgreSQL refuses
        # a data folder that others may write to ("Creating a Database Cluster").
        if self.data.is_dir() and (mode := S_IMODE(self.data.stat().st_mode)) & _TOO_OPEN:
            self.data.chmod(mode & ~_TOO_OPEN)

    def settle(self) -> None:
        """Finish or undo what a killed rebuild left half done between two base backups."""
        verified, old = self.folder / "data.verified", self.folder / "data.old"
        if not self.data.exists():
            # Killed between the two renames: both are whole, and the new one was to come.
            for whole in (verified, old):
                if whole.exists():
                    self.rename(whole, self.data)
                    if whole == verified:
                        self.end_rewind()
                    break
        for left in (self.fresh, verified, old):
            if left.exists():
                shutil.rmtree(left)
        sync_folder(self.folder)

    def swap_in(self) -> None:
        """Put the finished base backup in the data folder's place, and remove what was there."""
        verified, old = self.folder / "data.verified", self.folder / "data.old"
        self.rename(self.fresh, verified)
        if self.data.exists():
            self.rename(self.data, old)
        self.rename(verified, self.data)
        self.end_rewind()
        if old.exists():
            shutil.rmtree(old)

    @property
    def rewinding(self) -> dict[str, Any] | None:
        """What a rewind that has not ended noted down: the export that went before it."""
        try:
            return dict(json.loads((self.folder / "rewinding.json").read_text()))
        except FileNotFoundError:
            return None

    def begin_rewind(self, note: dict[str, Any]) -> None:
        """Note that the data folder is not to be trusted from now on."""
        self.write(self.folder / "rewinding.json", json.dumps(note))

    def end_rewind(self) -> None:
        """Note that the data folder is whole."""
        (self.folder / "rewinding.json").unlink(missing_ok=True)
        sync_folder(self.folder)

    def write(self, file: Path, text: str) -> None:
        """Write a whole file or nothing: a reader sees the old one or the new one."""
        fresh = file.with_name(f".{file.name}.fresh")
        with fresh.open("w") as stream:
            os.fchmod(stream.fileno(), 0o600)
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        self.programs.own(fresh)
        self.rename(fresh, file)

    def rename(self, source: Path, target: Path) -> None:
        """Rename within one folder, on disk when this returns."""
        source.rename(target)
        sync_folder(target.parent)

    def make_folder(self, path: Path, mode: int = 0o700) -> None:
        """Make an empty folder of the programs' user, in place of what was there."""
        if path.exists():
            shutil.rmtree(path)
        path.mkdir(parents=True, mode=mode)
        self.programs.own(path)


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to disk."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def sync_tree(folder: Path, own: Callable[[Path], None]) -> None:
    """Flush everything in a folder to disk, each file and folder given to its owner first."""
    for path in sorted(folder.rglob("*")):
        own(path)
        if path.is_dir():
            sync_folder(path)
        else:
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
    own(folder)
    sync_folder(folder)


def folder_bytes(folder: Path) -> int:
    """Return how much the files in a folder hold."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
