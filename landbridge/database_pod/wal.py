"""A stopped data folder's write-ahead log: where it ends, and what pg_waldump reads in it."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from landbridge.database_pod.programs import Programs
from landbridge.domain.control_file import ControlFile
from landbridge.domain.lsn import format_lsn, parse_lsn
from landbridge.domain.timeline_history import Timeline

__all__ = ["end_of_wal", "records", "segments"]

_STATISTICS = "WAL statistics between "
_NAME_LENGTH = 24
_NEXT_FILE = re.compile(r'could not find file "([0-9A-F]{24})"')
_PER_4_GIB = 2**32
# What tells forked transactions apart, and the tables that they changed.
_MANAGERS = ("Heap", "Heap2", "Transaction", "Standby", "XLOG")


def end_of_wal(
    programs: Programs, data: Path, control: ControlFile, history: Sequence[Timeline]
) -> int | None:
    """Return where the last whole record ends, in bytes; None where it could not be read."""
    begin, said = max(control.redo, history[-1].begin), [""]

    def any_end(words: str) -> bool:
        said.append(words)
        return True

    wal, number, length = data / "pg_wal", history[-1].number, control.segment_bytes
    mine = (one for one, paths in segments(wal, length).items() if _is_of(number, paths))
    end = (max(mine, default=0) + 1) * length
    lines = programs.lines(
        "pg_waldump",
        *("-p", wal, "-s", format_lsn(begin), "--stats"),
        *_files(number, begin, max(end, begin + 1), length),
        accept=any_end,
    )
    # All lines are read, or the program would be killed while it still writes.
    found = [line for line in lines if line.startswith(_STATISTICS)]
    if found:
        return parse_lsn(found[0].rstrip(":").split(" and ")[1])
    # Where the log ends with a file, after a switch, pg_waldump says only which one it wants next.
    wanted = _NEXT_FILE.search(said[-1])
    end = _number(wanted[1], control.segment_bytes) * control.segment_bytes if wanted else begin
    return end if end > begin else None


def records(
    programs: Programs,
    wal: Path,
    history: Sequence[Timeline],
    span: tuple[int, int],
    segment_bytes: int,
) -> Iterator[str]:
    """Yield pg_waldump's lines of ``span``, begin and end, from each timeline its own part.

    Raises ProgramError where a file is missing or the WAL breaks off before ``end``.
    """
    begin, end = span
    for timeline in history:
        first = max(begin, timeline.begin)
        last = end if timeline.end is None else min(end, timeline.end)
        if first >= last:
            continue
        managers = (f"--rmgr={name}" for name in _MANAGERS)
        yield from programs.lines(
            "pg_waldump",
            *("-p", wal, "-s", format_lsn(first), "-e", format_lsn(last)),
            *managers,
            *_files(timeline.number, first, last, segment_bytes),
        )


def segments(wal: Path, segment_bytes: int) -> dict[int, list[Path]]:
    """Return the WAL files by their number on the whole log, whatever their timeline."""
    found = dict[int, list[Path]]()
    for path in sorted(wal.iterdir()):
        if len(path.name) == _NAME_LENGTH and path.is_file():
            found.setdefault(_number(path.name, segment_bytes), []).append(path)
    return found


def _is_of(timeline: int, paths: Sequence[Path]) -> bool:
    return any(path.name.startswith(f"{timeline:08X}") for path in paths)


def _files(timeline: int, begin: int, end: int, segment_bytes: int) -> tuple[str, str]:
    """Return the WAL files in which the part of a timeline's log begins and ends.

    Named for pg_waldump, which reads a segment's length in the first of them; else it does in
    whichever it finds, and one that was made ahead is empty and has none.
    """
    per_file = _PER_4_GIB // segment_bytes
    first, last = begin // segment_bytes, (end - 1) // segment_bytes
    names = (f"{timeline:08X}{n // per_file:08X}{n % per_file:08X}" for n in (first, last))
    return next(names), next(names)


def _number(name: str, segment_bytes: int) -> int:
    return int(name[8:16], 16) * (_PER_4_GIB // segment_bytes) + int(name[16:], 16)
