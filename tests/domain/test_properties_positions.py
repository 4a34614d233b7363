"""Positions, timelines and what committed after a fork, for any history that there can be."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import takewhile

from hypothesis import given
from hypothesis import strategies as st

from landbridge.domain.forked_transactions import forked_transactions
from landbridge.domain.lsn import format_lsn, parse_lsn, timeline_of_walfile
from landbridge.domain.rebuild_method import (
    Method,
    RebuildEvidence,
    choose_methods,
    may_hold_forked_rows,
)
from landbridge.domain.timeline_history import Timeline, common_fork, parse_history
from tests.domain.strategies import BOUNDED, MANY, POSITIONS


@BOUNDED
@given(POSITIONS, POSITIONS)
def test_a_position_survives_its_text_and_keeps_its_order(one: int, other: int) -> None:
    """Formatted and parsed it is the same, in either case of letters, and so is who is ahead."""
    assert parse_lsn(format_lsn(one)) == parse_lsn(format_lsn(one).lower()) == one
    assert (parse_lsn(format_lsn(one)) < parse_lsn(format_lsn(other))) is (one < other)


@BOUNDED
@given(st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1))
def test_a_wal_files_name_begins_with_its_timeline(timeline: int, rest: int) -> None:
    """Whatever the segment is."""
    assert timeline_of_walfile(f"{timeline:08X}{rest:016X}") == timeline


# How far each timeline was written before the next one branched off, and the same of a second
# database that parts from the first after some of them.
LENGTHS = st.lists(st.integers(1, 1_000), min_size=1, max_size=4)


def history_of(lengths: list[int]) -> tuple[Timeline, ...]:
    """Return timelines that begin where the one before ended; the last one is still written."""
    timelines, begin = [], 0
    for number, length in enumerate(lengths, 1):
        timelines.append(Timeline(number, begin, begin + length))
        begin += length
    return (*timelines, Timeline(len(lengths) + 1, begin, None))


def text_of(history: tuple[Timeline, ...]) -> str:
    """Return the history file's text, as PostgreSQL writes it."""
    lines = [
        f"{one.number}\t{format_lsn(one.end or 0)}\tno recovery target" for one in history[:-1]
    ]
    return "\n\n".join(lines) + "\n"


@BOUNDED
@given(LENGTHS)
def test_a_history_survives_its_file(lengths: list[int]) -> None:
    """Written as PostgreSQL does it and read again, it is the same; comments are nothing."""
    history = history_of(lengths)
    current = history[-1].number
    assert parse_history(text_of(history), current) == history
    assert parse_history(f"# a comment\n{text_of(history)}", current) == history


@BOUNDED
@given(LENGTHS, LENGTHS)
def test_where_two_parted_is_the_same_from_both_sides(ours: list[int], theirs: list[int]) -> None:
    """It is the last timeline that begins alike in both, as far as both go on it."""
    one, other = history_of(ours), history_of(theirs)
    fork = common_fork(one, other)
    assert fork == common_fork(other, one)
    assert fork is not None
    pairs = zip(one, other, strict=False)
    begun = ((a.number, a.begin) == (b.number, b.begin) for a, b in pairs)
    alike = [a for a, _ in zip(one, takewhile(bool, begun), strict=False)]
    assert fork.timeline == alike[-1].number
    if fork.lsn is None:
        assert one == other
    else:
        ends = [h[fork.timeline - 1].end for h in (one, other)]
        assert fork.lsn == min(end for end in ends if end is not None)


def test_databases_of_no_common_beginning_have_no_fork() -> None:
    """Timeline 2 of one and of another database are two things."""
    assert common_fork([Timeline(1, 5, None)], [Timeline(1, 6, None)]) is None


_NUMBERS = st.sampled_from([None, 100, 200, 300])
_MAYBE = st.none() | st.booleans()
EVIDENCE = st.builds(
    RebuildEvidence,
    present=st.sampled_from([True] * 9 + [False]),
    source_system=st.just("7"),
    source_timeline=st.just(2),
    source_position=st.sampled_from([200, 300]),
    interrupted_rewind=st.sampled_from([False] * 9 + [True]),
    system=st.sampled_from(["7"] * 8 + ["8", ""]),
    state=st.sampled_from(["shut down", "shut down in recovery", "in production"]),
    standby_signal=st.booleans(),
    timeline=st.integers(1, 2),
    related=st.sampled_from([True] * 9 + [False]),
    fork=_NUMBERS,
    local_end=_NUMBERS,
    source_has_wal=_MAYBE,
    checksums=st.booleans(),
    wal_log_hints=st.booleans(),
    full_page_writes=st.booleans(),
)


@MANY
@given(EVIDENCE)
def test_a_base_backup_is_always_left_and_cheaper_ways_are_proven(
    evidence: RebuildEvidence,
) -> None:
    """Ways stand from cheap to dear; what is unknown never makes one of them possible."""
    choices = choose_methods(evidence)
    methods = [choice.method for choice in choices]
    assert methods == sorted(set(methods), key=list(Method).index)
    assert methods[-1] is Method.BASEBACKUP
    assert all(choice.why for choice in choices)
    proven = evidence.present and evidence.related and evidence.source_has_wal is True
    sound = proven and evidence.system == "7" and not evidence.interrupted_rewind
    if Method.FOLLOW in methods:
        assert sound
        assert evidence.local_end is not None
        upto = evidence.source_position if evidence.fork is None else evidence.fork
        assert evidence.local_end <= upto
        assert evidence.standby_signal or evidence.clean
    if Method.REWIND in methods:
        assert sound
        assert evidence.fork is not None
        assert evidence.full_page_writes
        assert evidence.checksums or evidence.wal_log_hints


@MANY
@given(EVIDENCE)
def test_who_may_follow_has_no_rows_of_its_own(evidence: RebuildEvidence) -> None:
    """Following exports nothing, so a folder that may hold forked rows never follows."""
    methods = {choice.method for choice in choose_methods(evidence)}
    assert not (Method.FOLLOW in methods and may_hold_forked_rows(evidence))


@MANY
@given(EVIDENCE, st.sampled_from(["local_end", "source_has_wal", "system", "fork"]))
def test_to_know_less_never_opens_a_way(evidence: RebuildEvidence, forgotten: str) -> None:
    """Evidence that is missing takes ways away, and never takes the export away."""
    less = evidence.__class__(
        **{**vars(evidence), forgotten: "" if forgotten == "system" else None}
    )
    if forgotten == "fork":
        return  # None there is a fact: neither has left the last common timeline
    before = {choice.method for choice in choose_methods(evidence)}
    assert {choice.method for choice in choose_methods(less)} <= before
    assert may_hold_forked_rows(less) >= may_hold_forked_rows(evidence)


@dataclass
class Log:
    """A write-ahead log as pg_waldump shows it, and what is true of its transactions."""

    lines: list[str] = field(default_factory=list)
    at: int = 0
    changed: dict[int, set[tuple[int, int]]] = field(default_factory=dict)
    deleted: dict[int, Counter[tuple[int, int]]] = field(default_factory=dict)

    def add(self, manager: str, transaction: int, text: str) -> int:
        """Write one record; return its position."""
        self.at += 8
        position = format_lsn(self.at)
        self.lines.append(
            f"rmgr: {manager:<11} len (rec/tot):     59/    59, tx: {transaction:>10},"
            f" lsn: {position}, prev 0/00000000, desc: {text}"
        )
        return self.at

    def change(self, transaction: int, relation: int, operation: str) -> None:
        """Write a change of a row."""
        self.add(
            "Heap",
            transaction,
            f"{operation} off: 3, flags: 0x08, blkref #0: rel 1663/5/{relation} blk 0",
        )
        self.changed.setdefault(transaction, set()).add((5, relation))
        if operation == "DELETE":
            self.deleted.setdefault(transaction, Counter())[5, relation] += 1


CHANGES = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.integers(100, 103),
        st.sampled_from(["INSERT", "INSERT+INIT", "UPDATE", "HOT_UPDATE", "DELETE"]),
    ),
    max_size=15,
)
ENDS = st.permutations(range(6)).flatmap(
    lambda order: st.tuples(st.just(order), st.lists(st.booleans(), min_size=6, max_size=6))
)


@BOUNDED
@given(CHANGES, ENDS, st.integers(0, 6), st.sampled_from([700, 2**32 - 3]))
def test_what_committed_after_the_fork_is_found_and_nothing_else(
    changes: list[tuple[int, int, str]],
    ends: tuple[list[int], list[bool]],
    before: int,
    first: int,
) -> None:
    """By where it committed, not by where its changes lie; ids go round at 2 to the 32nd."""
    ids = [(first + n) % 2**32 or 2**32 - 9 for n in range(6)]
    log = Log()
    log.add("Standby", 0, f"RUNNING_XACTS nextXid {ids[0]} latestCompletedXid 1 oldestRunningXid 1")
    for number, relation, operation in changes:
        log.change(ids[number], relation, operation)
    order, commits = ends
    fork, forked = None, set[int]()
    for n, (number, commit) in enumerate(zip(order, commits, strict=True)):
        position = log.add(
            "Transaction", ids[number], f"{'COMMIT' if commit else 'ABORT'} 2026-11-28"
        )
        if n == before:
            fork = position
        if fork is not None and commit:
            forked.add(ids[number])
    found = forked_transactions(log.lines, log.at + 1 if fork is None else fork)
    deletes: Counter[tuple[int, int]] = Counter()
    for one in forked:
        deletes.update(log.deleted.get(one, {}))
    assert found.ids == forked
    assert found.relations == {r for one in forked for r in log.changed.get(one, ())}
    assert found.deletes == deletes
    assert found.records == len(log.lines)


@BOUNDED
@given(st.lists(st.integers(0, 5), max_size=5, unique=True), st.booleans(), st.booleans())
def test_subtransactions_share_their_parents_end(
    children: list[int],
    commit: bool,  # noqa: FBT001 - drawn
    prepared: bool,  # noqa: FBT001 - drawn
) -> None:
    """What a subtransaction changed is forked where its parent is, prepared or not."""
    log, parent = Log(), 50
    for child in children:
        log.change(60 + child, 100 + child, "INSERT")
    what = f"{'COMMIT' if commit else 'ABORT'}{f'_PREPARED {parent}:' if prepared else ''} 2026"
    named = f"; subxacts: {' '.join(str(60 + child) for child in children)}" if children else ""
    log.add("Transaction", 0 if prepared else parent, what + named)
    found = forked_transactions(log.lines, 0)
    wanted = {parent, *(60 + child for child in children)} if commit else set()
    assert found.ids == wanted
    assert found.relations == ({(5, 100 + child) for child in children} if commit else set())
    assert not found.complete or not wanted  # nobody said which ids were given out before
