"""Progress as pg_basebackup and pg_rewind print it, in bytes and seconds."""

import re
import time
from collections.abc import Iterable

from landbridge.database_pod.programs import Programs
from landbridge.database_pod.report import Report

__all__ = ["follow_progress"]

_KIB = 1024
_COPIED = re.compile(r"\s*(\d+)/(\d+) kB\b")


def follow_progress(
    programs: Programs, report: Report, method: str, name: str, arguments: Iterable[object]
) -> tuple[int, list[str]]:
    """Run a program, with an event for each second that it reports.

    Returns how many bytes it copied and what else it said. Raises ProgramError, which has all.
    """
    begun, done, said = time.monotonic(), 0, []
    for line in programs.lines(name, *map(str, arguments), of="stderr"):
        found = _COPIED.match(line)
        if found is None:
            said.append(line)
            continue
        done, total = int(found[1]) * _KIB, int(found[2]) * _KIB
        rate = done / max(time.monotonic() - begun, 0.001)
        report.say(
            "progress",
            method=method,
            bytes=done,
            total_bytes=total,
            bytes_per_second=round(rate),
            seconds_left=round(max(total - done, 0) / rate, 1) if rate else None,
        )
    return done, said
