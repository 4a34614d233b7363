"""``rehearse``: a clone of the standby, promoted and served on this pod's own loopback.

The clone lies in a folder of its own, which is removed however this ends.
"""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from landbridge.adapters.polling import poll
from landbridge.database_pod.clone import Clone
from landbridge.database_pod.copying import Copying
from landbridge.database_pod.environment import PodSettings, RehearsalOrder
from landbridge.database_pod.programs import ProgramError, Programs
from landbridge.database_pod.report import Report
from landbridge.database_pod.volume import Volume, folder_bytes
from landbridge.domain.errors import RehearsalFailedError
from landbridge.domain.rehearsal_clone import clone_faults

__all__ = ["rehearse"]

_FOLDER = "rehearsal"
_REMEDY = "mend what is named, then run landbridge rehearse again"
_USED_SECONDS = 0.5


def rehearse(pod: PodSettings, order: RehearsalOrder, report: Report) -> None:
    """Serve the clone until told to end; raise RehearsalFailedError where there is none to serve.

    Events: ``cloned``, ``promoted``, ``isolated`` and, when the workload has come, ``used``.
    """
    volume = Volume(Programs(pod))
    work = _Rehearsal(volume, order, report, volume.folder / _FOLDER)
    with _ended_by_a_signal(), volume.locked(), work.folder_of_its_own():
        try:
            work.copy()
            with work.clone.running() as server:
                work.promote()
                written = work.check()
                work.serve(server, written)
        except (ProgramError, OSError) as error:
            raise RehearsalFailedError(f"the clone: {error}", _REMEDY) from error


@dataclass(frozen=True)
class _Rehearsal:
    volume: Volume
    order: RehearsalOrder
    report: Report
    folder: Path

    @property
    def clone(self) -> Clone:
        return Clone(self.volume, self.folder, self.order.port)

    @contextmanager
    def folder_of_its_own(self) -> Iterator[None]:
        # Never ``data``: were the wrong volume mounted here, its database would be safe.
        try:
            self.volume.make_folder(self.folder)
            yield
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def copy(self) -> None:
        begun = time.monotonic()
        Copying(self.volume, self.order, self.report, self.folder, self.clone.data).copy()
        self.clone.cut_off()
        seconds = round(time.monotonic() - begun, 3)
        self.report.say("cloned", bytes=folder_bytes(self.folder), seconds=seconds)

    def promote(self) -> None:
        begun = time.monotonic()
        before = self.clone.timeline()
        if self.clone.ask("SELECT pg_promote(true, 300)") != "t":
            raise RehearsalFailedError("the clone was not promoted in 300 s", _REMEDY)
        self.clone.ask("CHECKPOINT")
        after, seconds = self.clone.timeline(), round(time.monotonic() - begun, 3)
        if after != before + 1:
            raise RehearsalFailedError(f"timeline {before} led to {after}", _REMEDY)
        self.report.say("promoted", timeline=after, seconds=seconds)

    def check(self) -> int:
        """Make sure that it is alone; return how much was written to it by then."""
        faults = list(clone_faults(self.clone.shown(), signal_file=self.clone.signal_file))
        if faults:
            raise RehearsalFailedError(f"the clone is not apart: {'; '.join(faults)}", _REMEDY)
        self.report.say("isolated", port=self.order.port)
        return self.clone.written()

    def serve(self, server: subprocess.Popen[str], before: int) -> None:
        """Say who came and wrote: the proof that the workload found the clone.

        ``before`` is what had been written by then. Raises ProgramError when the server has ended.
        """

        def came() -> tuple[list[str], int] | None:
            if server.poll() is not None:
                return [], 0
            users, written = self.clone.users(), self.clone.written() - before
            return (users, written) if users and written > 0 else None

        users, written = poll(came, float("inf"), interval_seconds=_USED_SECONDS) or ([], 0)
        if users:
            self.report.say("used", by=users, transactions=written)
        raise ProgramError("postgres", server.wait(), self.clone.said())


@contextmanager
def _ended_by_a_signal() -> Iterator[None]:
    """Let SIGTERM unwind what is begun, as an exception does."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
