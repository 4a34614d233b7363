"""What came from outside, as errors show it and as it is read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.domain.foreign import (
    GivenTwiceError,
    printable,
    shown,
    shown_name,
    shown_path,
    strict_json,
    unreadable,
    unsound,
)
from tests.domain.strategies import BOUNDED, JSON

ANYTHING = JSON | st.text() | st.integers(-(10**400), 10**400)


@BOUNDED
@given(ANYTHING, st.text())
def test_whatever_it_is_it_can_be_shown(value: object, name: str) -> None:
    """Short, printable and sendable, whatever came."""
    for text in (shown(value), shown(value, name), shown_name(name)):
        assert len(text) <= 80
        assert text.isprintable()
        assert text.encode()


@pytest.mark.parametrize(
    ("value", "field", "said"),
    [
        ("ajar", "to", "'ajar'"),
        (-1, "epoch", "-1"),
        (10**400, "epoch", "a number of 1329 bits"),
        ({"password": "hunter2"}, "holder", "an object"),
        (["hunter2"], "holder", "a list"),
        ("hunter2", "databases.aws.secret", "a value that is not shown"),
        ("hunter2", "LANDBRIDGE_KEY", "a value that is not shown"),
        ("https://me:hunter2@aks:6443", "aks_url", "'https://...@aks:6443'"),
        ("host=a password=hunter2 port=1", "conninfo", "'host=a password=... port=1'"),
        ("\x1b[31m", "to", r"'\x1b[31m'"),
        ("x" * 99, "to", f"'{'x' * 76}..."),
    ],
)
def test_what_is_shown_of_it(value: object, field: str, said: str) -> None:
    """Its value where that says something, and never a secret."""
    assert shown(value, field) == said


@BOUNDED
@given(st.text())
def test_a_text_for_a_terminal_moves_nothing(text: str) -> None:
    """What can be printed is as it was, lines and tabs included; the rest is escaped."""
    told = printable(text)
    told.encode()
    assert all(one.isprintable() or one in "\n\t" for one in told)
    assert told == text or unsound(text)
    assert printable(told) == told


@BOUNDED
@given(JSON)
def test_json_is_read_as_json(value: object) -> None:
    """Where no field is given twice the document is what the standard reader reads."""
    text = json.dumps(value)
    assert json.dumps(strict_json(text)) == json.dumps(json.loads(text))


@pytest.mark.parametrize("text", ['{"a": 1, "a": 1}', '[{"b": {"a": 1, "c": 2, "a": 3}}]'])
def test_a_field_that_is_given_twice_is_named(text: str) -> None:
    """Anywhere in the document, and also where both say the same."""
    with pytest.raises(GivenTwiceError, match=r"^a: given twice$"):
        strict_json(text)


def test_nesting_without_end_is_no_document() -> None:
    """It is refused as what is not JSON is."""
    with pytest.raises(ValueError, match="nested too deeply"):
        strict_json("[" * 100_000)


@BOUNDED
@given(st.text())
def test_a_path_is_told_once_and_in_a_line(path: str) -> None:
    """What the system says of a file has its path again; neither can move a cursor or go on."""
    error = FileNotFoundError(2, "No such file or directory", path)
    said = unreadable(path, error)
    assert said == f"{shown_path(path)}: No such file or directory"
    assert len(shown_path(path)) <= 200
    assert said.isprintable()
    assert unreadable("a.json", ValueError("it is no JSON")) == "a.json: it is no JSON"
