"""``rehearse``: a clone of the standby, promoted and served on this pod's own loopback.

The base backup is taken from the standby itself, so that the primary feels nothing; it takes no
slot, for a copy that lost its WAL is a rehearsal to repeat, and a slot that stays could fill the
standby's disk. The clone lies in a folder of its own, which is removed however this ends.
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
from landbridge.database_pod.environment import PodSettings, RehearsalOrder
from landbridge.database_pod.programs import ProgramError, Programs
from landbridge.database_pod.progress import follow_progress
from landbridge.database_pod.report import Report
from landbridge.database_pod.volume import Volume, folder_bytes
from landbridge.domain.errors import RehearsalFailedError
from landbridge.domain.rehearsal_clone import APPLICATION_NAME, clone_faults

__all__ = ["rehearse"]

_FOLDER = "rehearsal"
_REMEDY = "mend what is named, then run landbridge rehearse again"
_CONNECT_SECONDS = 10
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
                work.check()
                work.serve(server)
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
        begun, programs = time.monotonic(), self.volume.programs
        # libpq takes the last word for a name that is given twice.
        conninfo = (
            f"{self.order.conninfo} application_name={APPLICATION_NAME} "
            f"connect_timeout={_CONNECT_SECONDS}"
        )
        database = f"{conninfo} dbname={programs.pod.database}"
        arguments = ("-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", database)
        if programs.output("psql", *arguments, "-c", "SELECT pg_is_in_recovery()").strip() != "t":
            raise RehearsalFailedError(
                "the database to clone is a primary: users would feel the copy",
                "rehearse while it is a standby: landbridge status",
            )
        to = ("-D", self.clone.data, "-d", conninfo, "--no-password", "--progress")
        # Where commits wait for the standby, one that is busy with the copy would slow them down.
        rate = f"--max-rate={self.order.max_rate}"
        how = ("-X", "stream", "--no-slot", "--checkpoint=fast", rate)
        follow_progress(programs, self.report, "clone", "pg_basebackup", (*to, *how))
        self.clone.cut_off()
        seconds = round(time.monotonic() - begun, 3)
        self.report.say("cloned", bytes=folder_bytes(self.clone.data), seconds=seconds)

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

    def check(self) -> None:
        faults = list(clone_faults(self.clone.shown(), signal_file=self.clone.signal_file))
        if faults:
            raise RehearsalFailedError(f"the clone is not apart: {'; '.join(faults)}", _REMEDY)
        self.report.say("isolated", port=self.order.port)

    def serve(self, server: subprocess.Popen[str]) -> None:
        """Say who came: the proof that the workload found the clone. Raises ProgramError."""

        def came() -> list[str] | None:
            if server.poll() is not None:
                return []
            return self.clone.users() or None

        forever = float("inf")
        if users := poll(came, forever, interval_seconds=_USED_SECONDS):
            self.report.say("used", by=users)
        raise ProgramError("postgres", server.wait(), self.clone.said())


@contextmanager
def _ended_by_a_signal() -> Iterator[None]:
    """Let SIGTERM unwind what is begun, as an exception does."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
