"""Positions in PostgreSQL's write-ahead log.

Source: PostgreSQL 16, "pg_lsn Type": two hexadecimal numbers of up to 8 digits, high and low half.
"""

from landbridge.domain.errors import InvalidEventError

__all__ = ["format_lsn", "parse_lsn", "timeline_of_walfile"]

_LOW_BITS = 32


def parse_lsn(text: str) -> int:
    """Return the byte position of ``text``, as ``16/B374D848``; raise InvalidEventError."""
    high, _, low = text.partition("/")
    try:
        return (int(high, 16) << _LOW_BITS) + int(low, 16)
    except ValueError:
        raise InvalidEventError(f"{text!r} is not an LSN like 16/B374D848") from None


def format_lsn(position: int) -> str:
    """Return the text of a byte position."""
    return f"{position >> _LOW_BITS:X}/{position & 0xFFFFFFFF:X}"


def timeline_of_walfile(name: str) -> int:
    """Return the timeline in a WAL file's name, its first eight hexadecimal digits.

    Source: PostgreSQL 16, "WAL Internals". The running timeline shows here at once after a
    promotion; in pg_control only after the next checkpoint.
    """
    return int(name[:8], 16)
