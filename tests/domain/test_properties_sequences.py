"""Batches of sequences, and the words for those that a person must see to."""

from itertools import chain, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.domain.errors import InvalidEventError, SiteUnknownError
from landbridge.domain.sequences import (
    Moved,
    NotMoved,
    Resequenced,
    in_batches,
    outcome_of,
    parse_resequence_request,
)
from tests.domain.strategies import BOUNDED, JSON, TEXTS

OWNED = st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 40)), max_size=40)
KINDS = ("moved", "maximum", "minimum", "cycle", "unindexed", "type", "foreign", "failed")
TYPES = st.sampled_from(["smallint", "integer", "bigint"])


@BOUNDED
@given(OWNED, st.integers(1, 9), st.integers(1, 60))
def test_batches_have_every_sequence_once_and_in_order(
    owned: list[tuple[int, int]], most: int, most_locks: int
) -> None:
    """None is empty or too large; only a sequence that is too much by itself is alone with it."""
    batches = list(in_batches(owned, most, most_locks))
    assert list(chain.from_iterable(batches)) == [sequence for sequence, _ in owned]
    locks = iter([held for _, held in owned])
    for batch in batches:
        held = [next(locks) for _ in batch]
        assert 0 < len(batch) <= most
        assert sum(held) <= most_locks or len(batch) == 1


@BOUNDED
@given(OWNED, st.integers(1, 9), st.integers(1, 60))
def test_no_two_batches_would_fit_into_one(
    owned: list[tuple[int, int]], most: int, most_locks: int
) -> None:
    """Each statement takes as many as it can: the hold waits for all of them."""
    locks, batches = dict(enumerate(held for _, held in owned)), []
    number = 0
    for batch in in_batches(owned, most, most_locks):
        batches.append([locks[number + n] for n in range(len(batch))])
        number += len(batch)
    for one, following in pairwise(batches):
        assert len(one) == most or sum(one) + following[0] > most_locks


@BOUNDED
@given(st.sampled_from(KINDS), TEXTS, TEXTS, st.integers(-(2**63), 2**63 - 1), TYPES)
def test_every_row_has_its_words(
    kind: str, sequence: str, column: str, value: int, type_name: str
) -> None:
    """Moved, or a reason and a remedy, whatever the names are."""
    outcome = outcome_of((sequence, column, kind, 1, value, type_name))
    if kind == "moved":
        assert outcome == Moved(sequence, column, 1, value)
    else:
        assert isinstance(outcome, NotMoved)
        assert (outcome.sequence, outcome.column) == (sequence, column)
        assert outcome.reason
        assert outcome.remedy


@BOUNDED
@given(TEXTS.filter(lambda kind: kind not in KINDS))
def test_a_word_of_another_version_is_no_answer(kind: str) -> None:
    """Unknown is an error with a remedy, not a guess."""
    with pytest.raises(SiteUnknownError, match=r"resequence\.sql"):
        outcome_of(("s", "t.c", kind, 1, 2, ""))


def quoted(name: str) -> str:
    """Return the name as format('%I') writes one that needs quotes."""
    return '"' + name.replace('"', '""') + '"'


@BOUNDED
@given(TEXTS, TEXTS, TEXTS)
def test_a_remedy_names_table_and_column(schema: str, table: str, column: str) -> None:
    """Names may hold dots and quotes: the statement is still of that table and that column."""
    where = f"{quoted(schema)}.{quoted(table)}"
    row = ("s", f"{where}.{quoted(column)}", "maximum", 1, 2**31 - 1, "integer")
    outcome = outcome_of(row)
    assert isinstance(outcome, NotMoved)
    widened = f"ALTER TABLE {where} ALTER COLUMN {quoted(column)} TYPE bigint"
    assert outcome.remedy == f"{widened}; ALTER SEQUENCE s AS bigint"


@BOUNDED
@given(st.lists(st.integers(0, 9)), st.integers(0, 5))
def test_the_document_is_bounded_and_counts_all(moved: list[int], most: int) -> None:
    """However many sequences there are, a run's state holds some of them and the number of all."""
    rows = tuple(Moved(f"s{n}", f"t.c{n}", n, n + 1) for n in moved)
    document = Resequenced("aws", False, len(rows), 1, rows, ()).document(most)
    assert document["moved_total"] == len(rows)
    assert document["moved"] == [one.document() for one in rows[:most]]


@BOUNDED
@given(st.dictionaries(st.sampled_from(["site", "dry_run", "held_at"]), JSON))
def test_a_request_is_understood_or_refused_by_its_field(event: dict[str, object]) -> None:
    """Any JSON gives a site and a flag, or an error that names which of them is wrong."""
    try:
        request = parse_resequence_request(event)
    except InvalidEventError as error:
        assert error.message.startswith(("site: ", "dry_run: "))  # noqa: PT017 - or it is a request
    else:
        assert request.site in {"aws", "azure"}
        assert isinstance(request.dry_run, bool)
