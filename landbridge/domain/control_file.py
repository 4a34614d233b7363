"""What pg_controldata says of a data folder, as far as a rebuild needs it.

Source: PostgreSQL 16, pg_controldata, run in the C locale.
"""

from dataclasses import dataclass

from landbridge.domain.errors import InvalidEventError
from landbridge.domain.lsn import parse_lsn

__all__ = ["CLEAN_STATES", "ControlFile", "parse_control_file"]

CLEAN_STATES = frozenset({"shut down", "shut down in recovery"})


@dataclass(frozen=True)
class ControlFile:
    """Positions are in bytes; ``timeline`` is the newest that recovery would follow."""

    system: str
    state: str
    timeline: int
    checkpoint: int
    redo: int
    segment_bytes: int
    checksums: bool
    wal_log_hints: bool
    full_page_writes: bool

    @property
    def clean(self) -> bool:
        """Whether it was shut down, as a primary or as a standby, and not killed."""
        return self.state in CLEAN_STATES


def parse_control_file(text: str) -> ControlFile:
    """Return what the program's output says; raise InvalidEventError, which names the line."""
    lines = (line.partition(":") for line in text.splitlines())
    found = {name.strip(): value.strip() for name, _, value in lines}
    try:
        return ControlFile(
            system=found["Database system identifier"],
            state=found["Database cluster state"],
            # Promoted and not checkpointed since: only the second one knows the new timeline.
            timeline=max(
                int(found["Latest checkpoint's TimeLineID"]),
                int(found["Min recovery ending loc's timeline"]),
            ),
            checkpoint=parse_lsn(found["Latest checkpoint location"]),
            redo=parse_lsn(found["Latest checkpoint's REDO location"]),
            segment_bytes=int(found["Bytes per WAL segment"]),
            checksums=found["Data page checksum version"] != "0",
            wal_log_hints=found["wal_log_hints setting"] == "on",
            full_page_writes=found["Latest checkpoint's full_page_writes"] == "on",
        )
    except (KeyError, ValueError) as error:
        raise InvalidEventError(f"pg_controldata: {error!r} is missing or no number") from None
