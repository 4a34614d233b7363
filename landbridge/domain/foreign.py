"""What came from outside: read strictly, and shown in errors short, printable, without a secret.

An error is read on terminals, in logs and in mails. So control characters and half characters are
escaped, long values are cut, and what may hold a secret is not shown at all: the inside of objects
and lists, and whatever stands in a field that is named like one.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from landbridge.domain.errors import ConfigurationError

__all__ = [
    "GivenTwiceError",
    "printable",
    "seconds_up_to",
    "shown",
    "shown_name",
    "shown_path",
    "strict_json",
    "unreadable",
    "unsound",
]

MOST_CHARACTERS = 80
MOST_OF_A_PATH = 200
_SECRET = re.compile(r"passw|secret|token|key|credential|certificate", re.IGNORECASE)
# Within a text: who logs in at a URL, and a password among a connection's words.
_INNER_SECRETS = (
    (re.compile(r"//[^/@\s]*@"), "//...@"),
    (re.compile(r"(passw\w*\s*=\s*)\S+", re.IGNORECASE), r"\1..."),
)
_PLAIN = re.compile(r"[\w.\[\]-]+", re.ASCII)


class GivenTwiceError(ValueError):
    """A field that is given twice says two things, and neither counts."""


def strict_json(text: str | bytes) -> Any:
    """Return the JSON document; raise ValueError, which GivenTwiceError is one of."""
    try:
        return json.loads(text, object_pairs_hook=_once)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise GivenTwiceError(f"{shown_name(twice)}: given twice")
    return document


def seconds_up_to(text: str, name: str, most_seconds: float, remedy: str) -> float:
    """Return the seconds that the setting ``name`` says; raise ConfigurationError.

    They are more than none and ``most_seconds`` at most.
    """
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= most_seconds:
        raise ConfigurationError(
            f"{name}: {shown(text)} is not between 0 and {most_seconds:.0f} seconds", remedy
        )
    return seconds


def shown(value: object, field: str = "") -> str:
    """Return the value of ``field`` in words that anybody may read."""
    if _SECRET.search(field.rpartition(".")[2]):
        return "a value that is not shown"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, int) and value.bit_length() > 2 * MOST_CHARACTERS:
        return f"a number of {value.bit_length()} bits"
    text = repr(value)
    for pattern, instead in _INNER_SECRETS:
        text = pattern.sub(instead, text)
    return _cut(text)


def shown_name(name: str) -> str:
    """Return a field's name that somebody made up."""
    return _cut(name if _PLAIN.fullmatch(name) else ascii(name))


def shown_path(path: str) -> str:
    """Return a file's path that somebody gave."""
    return _cut(printable(path).replace("\n", "\\n").replace("\t", "\\t"), MOST_OF_A_PATH)


def unreadable(path: str, error: Exception) -> str:
    """Return which file could not be read, and why; the path is told once."""
    told_by_system = error.strerror if isinstance(error, OSError) else None
    return f"{shown_path(path)}: {told_by_system or error}"


def unsound(text: str) -> str:
    """Return why the text cannot be kept or shown, empty where it can: every store takes UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return "it holds half a character, which no UTF-8 has"
    if any(not (one.isprintable() or one in "\n\t") for one in text):
        return "it holds control characters"
    return ""


def printable(text: str) -> str:
    """Return the text as a terminal may have it: nothing in it moves a cursor or cannot be sent."""
    return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)


def _cut(text: str, most: int = MOST_CHARACTERS) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."
