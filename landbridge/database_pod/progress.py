"""Progress as pg_basebackup and pg_rewind print it, in bytes and seconds."""

import re
import time
from collections.abc import Callable, Iterable
from contextlib import closing

from landbridge.database_pod.programs import Programs
from landbridge.database_pod.report import Report

__all__ = ["follow_progress"]

_KIB = 1024
_COPIED = re.compile(r"\s*(\d+)/(\d+) kB\b")


def follow_progress(
    programs: Programs,
    report: Report,
    method: str,
    name: str,
    arguments: Iterable[object],
    *,
    accept_total: Callable[[int], None] = lambda _total_bytes: None,
) -> tuple[int, list[str]]:
    """Run a program, with an event for each second that it reports.

    ``accept_total`` gets how many bytes there are to copy, when the program first says so; what it
    raises ends the program. Returns how many bytes it copied and what else it said. Raises
    ProgramError, which has all.
    """
    begun, done, total, said = time.monotonic(), 0, -1, []
    with closing(programs.lines(name, *map(str, arguments), of="stderr")) as lines:
        for line in lines:
            found = _COPIED.match(line)
            if found is None:
                said.append(line)
                continue
            first = total < 0
            done, total = int(found[1]) * _KIB, int(found[2]) * _KIB
            if first:
                accept_total(total)
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
