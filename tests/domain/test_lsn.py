"""Positions in the write-ahead log, as text and as bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.domain.errors import InvalidEventError
from landbridge.domain.lsn import format_lsn, parse_lsn, timeline_of_walfile


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("0/0", 0),
        ("0/3000060", 0x3000060),
        ("16/B374D848", 0x16B374D848),
        ("16/b374d848", 0x16B374D848),
        ("FFFFFFFF/FFFFFFFF", 2**64 - 1),
    ],
)
def test_an_lsn_is_a_number_of_bytes(text: str, position: int) -> None:
    """Two hexadecimal halves, as PostgreSQL prints them."""
    assert parse_lsn(text) == position
    assert format_lsn(position) == text.upper()


@given(st.integers(0, 2**64 - 1))
def test_every_position_survives_its_text(position: int) -> None:
    """Formatting and parsing are each other's inverse."""
    assert parse_lsn(format_lsn(position)) == position


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_positions_have_the_order_of_the_log(first: int, second: int) -> None:
    """What is later in the log is the greater number, whatever its text looks like."""
    assert (parse_lsn(format_lsn(first)) < parse_lsn(format_lsn(second))) == (first < second)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "16",
        "16/",
        "/16",
        "-1/0",
        "0x16/1",
        "1_6/0",
        " 16/1",
        "16/1\n",
        "1/2/3",
        "G/0",
        "123456789/0",
    ],
)
def test_what_is_no_lsn_is_refused(text: str) -> None:
    """The text is quoted in the refusal."""
    with pytest.raises(InvalidEventError) as refused:
        parse_lsn(text)
    assert refused.value.message == f"{text!r} is not an LSN like 16/B374D848"


def test_a_wal_files_name_begins_with_its_timeline() -> None:
    """Eight hexadecimal digits."""
    assert timeline_of_walfile("000000010000000000000003") == 1
    assert timeline_of_walfile("0000001F0000000000000003") == 31


@pytest.mark.parametrize("name", ["", "00000001", "0000000100000000000000zz", "00000002.history"])
def test_what_is_no_wal_file_has_no_timeline(name: str) -> None:
    """A name of another kind is refused, not read as a number."""
    with pytest.raises(InvalidEventError, match="is not the name of a WAL file"):
        timeline_of_walfile(name)
