"""A database's timelines, and where two databases of one origin parted.

Source: PostgreSQL 16, "Timelines"; a history file has one line per ended timeline: its number, the
position at which the next one branched off, and why. pg_rewind finds the last common timeline by
number and beginning, and so does this: a number alone may have been taken twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from landbridge.domain.errors import InvalidEventError
from landbridge.domain.lsn import parse_lsn

__all__ = ["Fork", "Timeline", "common_fork", "parse_history"]


@dataclass(frozen=True)
class Timeline:
    """One timeline; positions are in bytes, ``end`` is None while it is still written."""

    number: int
    begin: int
    end: int | None


@dataclass(frozen=True)
class Fork:
    """The last timeline that two databases share; ``lsn`` is None where neither has left it."""

    timeline: int
    lsn: int | None


def parse_history(text: str, current: int) -> tuple[Timeline, ...]:
    """Return the timelines up to ``current`` from its history file's text, oldest first.

    The first timeline has no file: its text is empty. Raises InvalidEventError.
    """
    timelines, begin = [], 0
    for line in text.splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) < 2 or not words[0].isdecimal():  # noqa: PLR2004 - a number and a position
            raise InvalidEventError(f"{line!r} is not a line of a timeline's history")
        end = parse_lsn(words[1])
        timelines.append(Timeline(int(words[0]), begin, end))
        begin = end
    if not timelines and current != 1:
        raise InvalidEventError(f"timeline {current}: its history is empty")
    return (*timelines, Timeline(current, begin, None))


def common_fork(local: Sequence[Timeline], source: Sequence[Timeline]) -> Fork | None:
    """Return where the two part, None where they share no timeline."""
    found = None
    for ours, theirs in zip(local, source, strict=False):
        if (ours.number, ours.begin) != (theirs.number, theirs.begin):
            break
        ends = [end for end in (ours.end, theirs.end) if end is not None]
        found = Fork(ours.number, min(ends, default=None))
    return found
