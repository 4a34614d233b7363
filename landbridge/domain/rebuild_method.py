"""Which ways lead from a stopped data folder to a standby of the serving site: a pure resolver.

Three ways, from cheap to dear, each with the reason that rules out the cheaper ones:

- **follow**: nothing is copied. Sound where the folder holds no WAL after the fork: an old primary
  that was shut down cleanly before it, or a standby that did not get ahead of it.
- **rewind**: pg_rewind copies back the blocks that changed since the fork. It needs to know which
  ones changed: data checksums or wal_log_hints, and full_page_writes.
- **basebackup**: everything is copied. Always possible, so it is always the last.

Sources: PostgreSQL 16, "pg_rewind", "pg_basebackup", "Timelines". Of an interrupted rewind the
manual says that the folder is likely not in a state that can be recovered.
"""

from dataclasses import dataclass
from enum import StrEnum

from landbridge.domain.control_file import CLEAN_STATES
from landbridge.domain.lsn import format_lsn

__all__ = ["Choice", "Method", "RebuildEvidence", "choose_methods", "may_hold_forked_rows"]


class Method(StrEnum):
    """A way to a standby."""

    FOLLOW = "follow"
    REWIND = "rewind"
    BASEBACKUP = "basebackup"


@dataclass(frozen=True)
class RebuildEvidence:
    """What is true of the stopped data folder and of the serving site; positions in bytes.

    ``related``: the timelines of both share a beginning. ``fork`` is None where neither has left
    the last common timeline. ``local_end`` is where the folder's WAL ends, ``source_position`` the
    serving site's. ``source_has_wal``: from where the two part, or the folder ends. None is
    unknown, and unknown is never good enough; an empty ``system`` is a folder whose control file
    could not be read.
    """

    present: bool
    source_system: str
    source_timeline: int
    source_position: int
    interrupted_rewind: bool = False
    system: str = ""
    state: str = ""
    standby_signal: bool = False
    timeline: int = 0
    related: bool = False
    fork: int | None = None
    local_end: int | None = None
    source_has_wal: bool | None = None
    checksums: bool = False
    wal_log_hints: bool = False
    full_page_writes: bool = False

    @property
    def clean(self) -> bool:
        """Whether the server was shut down and not killed."""
        return self.state in CLEAN_STATES


@dataclass(frozen=True)
class Choice:
    """One way to try, and why it and no cheaper one."""

    method: Method
    why: str


def choose_methods(evidence: RebuildEvidence) -> tuple[Choice, ...]:
    """Return the ways to try, in order; the last one is always basebackup."""
    against_follow = _against_follow(evidence)
    against_rewind = _against_rewind(evidence)
    choices = []
    if against_follow is None:
        choices.append(Choice(Method.FOLLOW, _why_follow(evidence)))
    if against_rewind is None:
        why = against_follow or "what can follow can be rewound too"
        choices.append(Choice(Method.REWIND, why))
    reasons = dict.fromkeys(r for r in (against_follow, against_rewind) if r is not None)
    why = "; ".join(reasons) or "a fresh copy is always sound"
    return (*choices, Choice(Method.BASEBACKUP, why))


def may_hold_forked_rows(evidence: RebuildEvidence) -> bool:
    """Tell whether the folder may hold commits after the fork; unknown is yes."""
    if not evidence.present or evidence.interrupted_rewind:
        return False
    if evidence.system and evidence.system != evidence.source_system:
        return False
    if not evidence.related:
        return True
    if evidence.fork is None:
        return not evidence.standby_signal
    return evidence.local_end is None or evidence.local_end > evidence.fork


def _against_both(evidence: RebuildEvidence) -> str | None:
    if not evidence.present:
        return "the data folder holds no database"
    if evidence.interrupted_rewind:
        return "an interrupted rewind left the data folder half made"
    if not evidence.system:
        return "the data folder's control file could not be read"
    if evidence.system != evidence.source_system:
        return (
            f"the data folder is of another database: system identifier {evidence.system}, "
            f"the serving site's is {evidence.source_system}"
        )
    if not evidence.related:
        return (
            f"timeline {evidence.timeline} has no beginning in common with the serving site's "
            f"timeline {evidence.source_timeline}"
        )
    return None


def _against_follow(evidence: RebuildEvidence) -> str | None:
    reason = _against_both(evidence)
    if reason is not None:
        return reason
    if not evidence.standby_signal:
        if not evidence.clean:
            return f"not shut down cleanly: its state is {evidence.state!r}"
        if evidence.fork is None:
            return f"both were primary on timeline {evidence.timeline}"
    if evidence.local_end is None:
        return "the end of its WAL could not be read"
    end = format_lsn(evidence.local_end)
    if evidence.fork is not None and evidence.local_end > evidence.fork:
        return f"its WAL ends at {end}, after the fork at {format_lsn(evidence.fork)}"
    if evidence.fork is None and evidence.local_end > evidence.source_position:
        position = format_lsn(evidence.source_position)
        return f"its WAL ends at {end}, ahead of the serving site at {position}"
    return _against_source(evidence)


def _against_source(evidence: RebuildEvidence) -> str | None:
    if evidence.source_has_wal is None:
        return "whether the serving site still has the WAL from there could not be established"
    if not evidence.source_has_wal:
        return "the serving site no longer has the WAL from where the two part"
    return None


def _against_rewind(evidence: RebuildEvidence) -> str | None:
    reason = _against_both(evidence)
    if reason is not None:
        return reason
    if evidence.fork is None:
        return f"both are on timeline {evidence.timeline}: there is no fork to rewind to"
    if not (evidence.checksums or evidence.wal_log_hints):
        return "data checksums and wal_log_hints are both off: no rewind"
    if not evidence.full_page_writes:
        return "full_page_writes is off: no rewind"
    # A rewound server replays from a checkpoint before the fork: it needs even older WAL.
    return _against_source(evidence)


def _why_follow(evidence: RebuildEvidence) -> str:
    end = format_lsn(evidence.local_end or 0)
    begin = "a standby already" if evidence.standby_signal else "shut down cleanly"
    if evidence.fork is None:
        return f"{begin}, on the serving site's timeline {evidence.timeline}, its WAL ends at {end}"
    fork = format_lsn(evidence.fork)
    return f"{begin}, its WAL ends at {end}, not after the fork at {fork}"
