"""Which transactions committed after a fork, and what they changed, from pg_waldump's lines.

A transaction is forked where its commit record lies at or after the fork, wherever its changes
lie: the serving site never saw it commit. Records before the fork are read too, for what a
transaction changed before it committed.

Source: PostgreSQL 16, pg_waldump's output: resource managers Heap, Heap2, Transaction, Standby and
XLOG (src/backend/access/rmgrdesc).
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from landbridge.domain.lsn import parse_lsn

__all__ = ["ForkedTransactions", "Relation", "forked_transactions"]

# (database's oid, relation's file number)
Relation = tuple[int, int]

_RECORD = re.compile(r"rmgr: (\w+)\s.*?tx:\s*(\d+), lsn: ([0-9A-F/]+), prev \S+, desc: (.*)")
_RELATION = re.compile(r"rel (\d+)/(\d+)/(\d+)")
_SUBTRANSACTIONS = re.compile(r"subxacts: ([\d ]+)")
_PREPARED = re.compile(r"_PREPARED (\d+):")
_NEXT = re.compile(r"RUNNING_XACTS nextXid (\d+)|CHECKPOINT_SHUTDOWN .*?; xid \d+:(\d+);")
_CHANGES = ("INSERT", "UPDATE", "HOT_UPDATE", "MULTI_INSERT", "DELETE")
_HALF, _WHOLE = 2**31, 2**32


@dataclass(frozen=True)
class ForkedTransactions:
    """``ids`` with subtransactions; the ``relations`` changed; ``deletes`` of rows in each.

    ``complete`` is False where a transaction may have begun before what was read: it may have
    changed more relations than these.
    """

    ids: frozenset[int]
    relations: frozenset[Relation]
    deletes: Counter[Relation]
    complete: bool
    records: int


@dataclass
class _Reading:
    fork: int
    changed: dict[int, set[Relation]] = field(default_factory=dict)
    deleted: dict[int, Counter[Relation]] = field(default_factory=dict)
    ids: set[int] = field(default_factory=set)
    all_after: int | None = None
    records: int = 0

    def take(self, manager: str, transaction: int, lsn: str, text: str) -> None:
        self.records += 1
        if manager in {"Heap", "Heap2"}:
            self._change(transaction, text)
        elif manager == "Transaction":
            self._end(transaction, parse_lsn(lsn), text)
        elif self.all_after is None and (found := _NEXT.match(text)):
            self.all_after = int(found[1] or found[2])

    def _change(self, transaction: int, text: str) -> None:
        operation = text.split(" ", 1)[0].removesuffix("+INIT")
        found = _RELATION.search(text)
        if operation not in _CHANGES or found is None or not transaction:
            return
        relation = (int(found[2]), int(found[3]))
        self.changed.setdefault(transaction, set()).add(relation)
        if operation == "DELETE":
            self.deleted.setdefault(transaction, Counter())[relation] += 1

    def _end(self, transaction: int, lsn: int, text: str) -> None:
        if not text.startswith(("COMMIT", "ABORT")):
            return
        prepared = _PREPARED.search(text)
        ended = {int(prepared[1]) if prepared else transaction}
        subtransactions = _SUBTRANSACTIONS.search(text)
        if subtransactions:
            ended.update(map(int, subtransactions[1].split()))
        if text.startswith("COMMIT") and lsn >= self.fork:
            self.ids |= ended
            return
        for one in ended:
            self.changed.pop(one, None)
            self.deleted.pop(one, None)


def forked_transactions(lines: Iterable[str], fork: int) -> ForkedTransactions:
    """Return what committed at or after ``fork``, a position in bytes, on these lines."""
    reading = _Reading(fork)
    for line in lines:
        found = _RECORD.match(line)
        if found:
            reading.take(found[1], int(found[2]), found[3], found[4])
    first, deletes = reading.all_after, Counter[Relation]()
    for one in reading.ids:
        deletes.update(reading.deleted.get(one, {}))
    return ForkedTransactions(
        ids=frozenset(reading.ids),
        relations=frozenset(r for one in reading.ids for r in reading.changed.get(one, ())),
        deletes=deletes,
        complete=first is not None and all(_not_before(one, first) for one in reading.ids),
        records=reading.records,
    )


def _not_before(transaction: int, first: int) -> bool:
    # Transaction ids go round: newer means less than half of the circle ahead.
    return (transaction - first) % _WHOLE < _HALF
