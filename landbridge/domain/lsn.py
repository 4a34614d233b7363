"""Positions in PostgreSQL's write-ahead log.

Source: PostgreSQL 16, "pg_lsn Type": two hexadecimal numbers of up to 8 digits, high and low half.
"""

import re

from landbridge.domain.errors import InvalidEventError

__all__ = ["format_lsn", "parse_lsn", "timeline_of_walfile"]

_LOW_BITS = 32
_LSN = re.compile(r"([0-9A-F]{1,8})/([0-9A-F]{1,8})", re.IGNORECASE)
_WALFILE = re.compile(r"[0-9A-F]{24}")


def parse_lsn(text: str) -> int:
    """Return the byte position of ``text``, as ``16/B374D848``; raise InvalidEventError."""
    halves = _LSN.fullmatch(text)
    if halves is None:
        raise InvalidEventError(f"{text!r} is not an LSN like 16/B374D848")
    return (int(halves[1], 16) << _LOW_BITS) + int(halves[2], 16)


def format_lsn(position: int) -> str:
    """Return the text of a byte position."""
    return f"{position >> _LOW_BITS:X}/{position & 0xFFFFFFFF:X}"


def timeline_of_walfile(name: str) -> int:
    """Return the timeline in a WAL file's name, its first eight hexadecimal digits.

    Source: PostgreSQL 16, "WAL Internals". The running timeline shows here at once after a
    promotion; in pg_control only after the next checkpoint. Raises InvalidEventError.
    """
    if not _WALFILE.fullmatch(name):
        raise InvalidEventError(f"{name!r} is not the name of a WAL file")
    return int(name[:8], 16)
