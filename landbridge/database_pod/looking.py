"""The evidence for a rebuild: what is true of the data folder and of the serving site."""

from dataclasses import dataclass

from landbridge.database_pod.programs import ProgramError
from landbridge.database_pod.source import Source, SourceLook
from landbridge.database_pod.volume import Volume
from landbridge.database_pod.wal import end_of_wal
from landbridge.domain.control_file import ControlFile, parse_control_file
from landbridge.domain.errors import InvalidEventError
from landbridge.domain.rebuild_method import RebuildEvidence
from landbridge.domain.timeline_history import Timeline, common_fork, parse_history

__all__ = ["Look", "look"]


@dataclass(frozen=True)
class Look:
    """The evidence, and the local log's shape; the latter is None where there is no database."""

    evidence: RebuildEvidence
    control: ControlFile | None = None
    history: tuple[Timeline, ...] = ()


def look(volume: Volume, source: Source) -> Look:
    """Return what is true now; the data folder is only read."""
    serving = source.look()
    control = _control(volume)
    if control is None:
        return Look(_unread(volume, serving))
    try:
        history = _history(volume, control.timeline)
    except (InvalidEventError, FileNotFoundError):
        history = ()
    fork = common_fork(history, serving.history)
    end = end_of_wal(volume.programs, volume.data, control, history) if history else None
    known = [one for one in (end, fork.lsn if fork else None) if one is not None]
    evidence = RebuildEvidence(
        present=True,
        source_system=serving.system,
        source_timeline=serving.timeline,
        source_position=serving.position,
        interrupted_rewind=volume.rewinding is not None,
        system=control.system,
        state=control.state,
        standby_signal=volume.is_standby,
        timeline=control.timeline,
        related=fork is not None,
        fork=fork.lsn if fork else None,
        local_end=end,
        source_has_wal=_source_has_wal(source, serving, control, min(known)) if known else None,
        checksums=control.checksums,
        wal_log_hints=control.wal_log_hints,
        full_page_writes=control.full_page_writes,
    )
    return Look(evidence, control, history)


def _unread(volume: Volume, serving: SourceLook) -> RebuildEvidence:
    return RebuildEvidence(
        present=volume.has_database,
        source_system=serving.system,
        source_timeline=serving.timeline,
        source_position=serving.position,
        interrupted_rewind=volume.rewinding is not None,
    )


def _control(volume: Volume) -> ControlFile | None:
    if not volume.has_database:
        return None
    try:
        return parse_control_file(volume.programs.output("pg_controldata", "-D", volume.data))
    except (ProgramError, InvalidEventError):
        return None


def _history(volume: Volume, timeline: int) -> tuple[Timeline, ...]:
    file = volume.data / "pg_wal" / f"{timeline:08X}.history"
    return parse_history(file.read_text() if timeline > 1 else "", timeline)


def _source_has_wal(
    source: Source, serving: SourceLook, control: ControlFile, position: int
) -> bool | None:
    """Tell whether a standby that stands at ``position`` could go on from the serving site."""
    if control.system != serving.system:
        return None
    if position >= serving.position:
        return True  # it has all there is; the file of what comes next may not exist yet
    segment = position // control.segment_bytes
    return source.has_wal(segment, serving, control.segment_bytes)
