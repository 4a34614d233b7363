"""The three ways to a standby, each of which may be killed at any moment and run again."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from landbridge.database_pod.exporting import Export
from landbridge.database_pod.looking import Look
from landbridge.database_pod.offline import recover
from landbridge.database_pod.programs import ProgramError, Programs
from landbridge.database_pod.progress import follow_progress
from landbridge.database_pod.report import Report
from landbridge.database_pod.source import Source
from landbridge.database_pod.standby_settings import make_standby
from landbridge.database_pod.volume import Volume, folder_bytes, sync_folder
from landbridge.database_pod.wal import segments
from landbridge.domain.lsn import parse_lsn
from landbridge.domain.rebuild_method import Method

__all__ = ["METHODS", "TABLESPACES_OUTSIDE", "MethodError", "Rebuilding"]

TABLESPACES_OUTSIDE = "the serving site has tablespaces outside of its data folder"

_WRITES_FROM_HERE = "need to copy"
_BACKUP_START = "START WAL LOCATION: "
_NO_WAL = ("could not find previous WAL record", "could not find common ancestor", "pg_wal/")


class MethodError(Exception):
    """One way did not lead to a standby; the next one may."""


@dataclass(frozen=True)
class Rebuilding:
    """What a way works with; ``export`` is what was saved before."""

    volume: Volume
    source: Source
    look: Look
    report: Report
    export: Export

    @property
    def programs(self) -> Programs:
        """PostgreSQL's programs."""
        return self.volume.programs


def _follow(work: Rebuilding) -> int:
    volume = work.volume
    if not volume.is_standby:
        # The slots it had as a primary would keep WAL for standbys that are its standbys no more.
        for slot in (volume.data / "pg_replslot").iterdir():
            shutil.rmtree(slot)
        sync_folder(volume.data / "pg_replslot")
    make_standby(volume, volume.data, work.source.order)
    return 0


def _rewind(work: Rebuilding) -> int:
    volume = work.volume
    if not work.look.evidence.clean:
        # As a primary: single-user mode and recovery as a standby exclude each other.
        (volume.data / "standby.signal").unlink(missing_ok=True)
        try:
            recover(volume)
        except ProgramError as error:
            raise MethodError(f"crash recovery failed: {error}") from error
    export = work.export
    volume.begin_rewind({"path": export.path, "tables": export.tables, "deletes": export.deletes})
    arguments = ("--no-ensure-shutdown", "--progress", "-D", volume.data)
    source = ("--source-server", work.source.database_conninfo)
    try:
        copied, _ = follow_progress(
            volume.programs, work.report, Method.REWIND.value, "pg_rewind", (*arguments, *source)
        )
    except ProgramError as error:
        if _WRITES_FROM_HERE not in error.said:
            volume.end_rewind()
        gone = any(words in str(error) for words in _NO_WAL)
        what = "WAL back to the last common checkpoint is gone: " if gone else ""
        raise MethodError(f"{what}{error}") from error
    _check_wal_is_whole(work)
    make_standby(volume, volume.data, work.source.order)
    volume.end_rewind()
    return copied


def _check_wal_is_whole(work: Rebuilding) -> None:
    """Raise MethodError where the rewound server would miss WAL when it replays.

    pg_rewind takes the WAL that the serving site has, whether or not it reaches back far enough.
    """
    label = work.volume.data / "backup_label"
    control = work.look.control
    if control is None or not label.exists():
        return  # pg_rewind found nothing to do
    line = label.read_text().partition(_BACKUP_START)[2]
    first = parse_lsn(line.split(" ", 1)[0]) // control.segment_bytes
    there = segments(work.volume.data / "pg_wal", control.segment_bytes)
    serving = work.source.look()
    last = serving.position // control.segment_bytes
    # What was written meanwhile is streamed, for the serving site's slot keeps it.
    missing = next((number for number in range(first, last) if number not in there), None)
    if missing == first or (
        missing is not None and not work.source.has_wal(missing, serving, control.segment_bytes)
    ):
        raise MethodError("the serving site no longer has the WAL since the last common checkpoint")


def _basebackup(work: Rebuilding) -> int:
    volume, order = work.volume, work.source.order
    _refuse_tablespaces(work.source)
    arguments = ("-D", volume.fresh, "-d", work.source.conninfo, "--progress", "--no-password")
    streaming = ("-X", "stream", "-S", order.slot, "--checkpoint=fast")
    name = Method.BASEBACKUP.value
    try:
        follow_progress(
            volume.programs, work.report, name, "pg_basebackup", (*arguments, *streaming)
        )
        volume.programs.output("pg_verifybackup", "--exit-on-error", volume.fresh)
        make_standby(volume, volume.fresh, order)
    except (ProgramError, OSError) as error:
        shutil.rmtree(volume.fresh, ignore_errors=True)
        raise MethodError(str(error)) from error
    size = folder_bytes(volume.fresh)
    volume.swap_in()
    return size


def _refuse_tablespaces(source: Source) -> None:
    """Raise MethodError where a copy would put data at places that are not this volume's.

    In a Job those go with its pod, and the database's own pod would find nothing there.
    """
    outside = source.tablespaces()
    if outside:
        raise MethodError(f"{TABLESPACES_OUTSIDE}: {', '.join(outside)}")


# Each returns how many bytes it copied and raises MethodError.
METHODS: Mapping[Method, Callable[[Rebuilding], int]] = {
    Method.FOLLOW: _follow,
    Method.REWIND: _rewind,
    Method.BASEBACKUP: _basebackup,
}
