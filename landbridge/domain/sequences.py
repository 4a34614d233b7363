"""Sequences that fell behind their columns: what was moved, what was not, and in which words.

A sequence is behind where the next value that it hands out is one that its column has or has
passed. ``deploy/sql/resequence.sql`` looks and moves; here are its rows' meaning and its batches.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from landbridge.domain.errors import InvalidEventError, SiteUnknownError
from landbridge.domain.foreign import shown

__all__ = [
    "Moved",
    "NotMoved",
    "ResequenceRequest",
    "Resequenced",
    "in_batches",
    "outcome_of",
    "parse_resequence_request",
]

SITES = ("aws", "azure")
# Locks that one statement may hold. The server's table has room for max_locks_per_transaction (64)
# times its sessions: a tenth of a default server's, so that others keep theirs.
MOST_LOCKS = 600
MOST_SEQUENCES = 250
_TYPE_ENDS = {
    "smallint": (-(2**15), 2**15 - 1),
    "integer": (-(2**31), 2**31 - 1),
    "bigint": (-(2**63), 2**63 - 1),
}
_LAST_PART = re.compile(r'(.*)\.("(?:[^"]|"")*"|[^".]*)', re.DOTALL)


@dataclass(frozen=True)
class ResequenceRequest:
    """Whose sequences, and whether they are only looked at."""

    site: str = "aws"
    dry_run: bool = False


def parse_resequence_request(event: Mapping[str, Any]) -> ResequenceRequest:
    """Return what the event asks for; raise InvalidEventError, which names the field."""
    site, dry_run = event.get("site", "aws"), event.get("dry_run", False)
    if site not in SITES:
        raise InvalidEventError(f"site: {shown(site)} is not known", f"one of {', '.join(SITES)}")
    if not isinstance(dry_run, bool):
        said = f"dry_run: {shown(dry_run)} is not true or false"
        raise InvalidEventError(said, "give true or false")
    return ResequenceRequest(site, dry_run)


@dataclass(frozen=True)
class Moved:
    """A sequence and the column that owns it, as SQL names them; the last values handed out.

    ``before`` is None where the sequence was never used.
    """

    sequence: str
    column: str
    before: int | None
    after: int

    def document(self) -> dict[str, Any]:
        """Return ``{"sequence", "column", "from", "to"}``."""
        names = {"sequence": self.sequence, "column": self.column}
        return {**names, "from": self.before, "to": self.after}


@dataclass(frozen=True)
class NotMoved:
    """A sequence that a person should look at: why it was left as it is, and what can be done."""

    sequence: str
    column: str
    reason: str
    remedy: str

    def document(self) -> dict[str, Any]:
        """Return ``{"sequence", "column", "reason", "remedy"}``."""
        names = {"sequence": self.sequence, "column": self.column}
        return {**names, "reason": self.reason, "remedy": self.remedy}


@dataclass(frozen=True)
class Resequenced:
    """One site's sequences: how many were looked at, in how many batches, and what came of it."""

    site: str
    dry_run: bool
    looked: int
    batches: int
    moved: tuple[Moved, ...]
    not_moved: tuple[NotMoved, ...]

    def document(self, most: int) -> dict[str, Any]:
        """Return it as JSON has it, with at most ``most`` of each list: a run's state is bounded.

        ``moved_total`` and ``not_moved_total`` count all.
        """
        return {
            "site": self.site,
            "dry_run": self.dry_run,
            "looked": self.looked,
            "batches": self.batches,
            "moved_total": len(self.moved),
            "moved": [one.document() for one in self.moved[:most]],
            "not_moved_total": len(self.not_moved),
            "not_moved": [one.document() for one in self.not_moved[:most]],
        }


def in_batches(
    sequences: Iterable[tuple[int, int]],
    most: int = MOST_SEQUENCES,
    most_locks: int = MOST_LOCKS,
) -> Iterator[list[int]]:
    """Yield the sequences of ``(sequence, locks that looking at it takes)`` in batches, in order.

    A sequence that takes more than ``most_locks`` by itself (a table of many partitions) is alone.
    """
    batch: list[int] = []
    held = 0
    for sequence, locks in sequences:
        if batch and (len(batch) == most or held + locks > most_locks):
            yield batch
            batch, held = [], 0
        batch.append(sequence)
        held += locks
    if batch:
        yield batch


def outcome_of(row: Iterable[Any]) -> Moved | NotMoved:
    """Return what a row of landbridge.resequence says: sequence, column, kind, was, upto, detail.

    Raises SiteUnknownError where the database has another version's function.
    """
    sequence, column, kind, was, upto, detail = row
    if kind == "moved":
        return Moved(sequence, column, was, upto)
    if kind in {"maximum", "minimum"}:
        return _at_its_limit(sequence, column, kind, upto, detail)
    said = _REASONS.get(kind)
    if said is None:
        raise SiteUnknownError(
            f"sequence {sequence}: the database says {kind!r}", "run deploy/sql/resequence.sql"
        )
    reason, remedy = (text.format(detail=detail, sequence=sequence) for text in said)
    return NotMoved(sequence, column, reason, remedy)


_REASONS: Mapping[str, tuple[str, str]] = {
    "cycle": (
        "it cycles: it begins again by itself, so no value is ahead or behind",
        "see that old rows are gone before their values come again",
    ),
    "unindexed": (
        "no index begins with the column: all {detail} bytes of the table would have to be read",
        "create an index on the column, then `landbridge resequence` again",
    ),
    "type": (
        "the column's type is {detail}, whose order is not that of the sequence's numbers",
        "compare them by hand, then SELECT setval('{sequence}', ...)",
    ),
    "foreign": (
        "the column's rows are a view's, or partly another server's",
        "compare them by hand, then SELECT setval('{sequence}', ...)",
    ),
    "failed": ("PostgreSQL said: {detail}", "mend that, then `landbridge resequence` again"),
}


def _at_its_limit(sequence: str, column: str, kind: str, limit: int, type_name: str) -> NotMoved:
    reason = f"it is at its limit: no value comes after {limit} ({type_name})"
    if limit not in _TYPE_ENDS[type_name]:
        remedy = f"ALTER SEQUENCE {sequence} NO {kind.upper().removesuffix('IMUM')}VALUE"
    elif type_name == "bigint":
        remedy = "the type has no more: renumber the column's rows, then ALTER SEQUENCE RESTART"
    else:
        table, name = _split(column)
        widened = f"ALTER TABLE {table} ALTER COLUMN {name} TYPE bigint"
        remedy = f"{widened}; ALTER SEQUENCE {sequence} AS bigint"
    return NotMoved(sequence, column, reason, remedy)


def _split(column: str) -> tuple[str, str]:
    """Return table and column of a qualified name, whose parts may be quoted and hold dots."""
    found = _LAST_PART.fullmatch(column)
    return (found[1], found[2]) if found else ("...", column)
