"""Documents spoilt in every way that people and programs spoil them; always the same ones.

From a good JSON document come many bad ones: a field dropped, of another type, huge, negative, no
number, empty, endless, of strange characters, nested; the text cut, doubled or wrongly encoded.
Some of them are good documents still: whoever is asked must then take them for what they say.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["SECRET", "Case", "junk_texts", "spoilt"]

# What nobody may ever read in an answer, a log line or a record.
SECRET = "hunter2-do-not-show"
_ENDLESS = "x" * 3_000
_DEEP: Any = 1
for _ in range(60):
    _DEEP = [_DEEP]
_TEXTS = (
    "",
    " ",
    "\t\n",
    _ENDLESS,
    "\x00",
    "a\x1b[31mred\x07",
    "\ud800",
    "\u202egnp.exe",
    "日本語🔥",
    "' OR 1=1; --",
    "../../etc/passwd",
    "${jndi:ldap://x}",
    "NaN",
    "1e999",
    "true",
    "null",
)
_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    2**63,
    10**400,
    -(10**30),
    0.5,
    1e308,
    float("nan"),
    float("inf"),
    float("-inf"),
    [],
    {},
    [1, "two", None],
    _DEEP,
    {"password": SECRET, "nested": {"key": SECRET}},
    [{"token": SECRET}],
    *_TEXTS,
)
_STRANGE_KEYS = ("password", "Epoch", "", "\ud800", "\x1b[2J", "x" * 300, "__proto__")


@dataclass(frozen=True)
class Case:
    """One spoilt document: what was done to which ``field``, and the bytes that are sent.

    ``field`` is a dotted path, empty for the whole.
    """

    what: str
    field: str
    sent: bytes

    @property
    def named(self) -> str:
        """What a refusal must show of the field: its last name, escaped, the beginning of it."""
        leaf = self.field.rpartition(".")[2].partition("[")[0]
        return ascii(leaf)[1:-1][:70]

    def document(self) -> Any:
        """Return what the text says, as Python reads it; raise ValueError where it is no JSON."""
        return json.loads(self.sent)


def junk_texts() -> tuple[str, ...]:
    """Return texts that are seldom what somebody meant."""
    return _TEXTS


def spoilt(document: dict[str, Any], seed: int, most: int) -> list[Case]:
    """Return ``most`` spoilt documents at the most: all kinds of them, by the seed."""
    chance = random.Random(seed)  # noqa: S311 - which cases, nothing secret
    fields = [*_fields(document, chance)]
    chance.shuffle(fields)
    rest = [*_raw(document), *_strange(document)]
    return [*rest, *fields][:most]


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in inner:
        yield (*path, key)
        if isinstance(one, dict | list):
            yield from _paths(one, (*path, key))


def _dotted(path: tuple[Any, ...]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def _changed(document: Any, path: tuple[Any, ...], change: Any) -> bytes:
    copy = json.loads(json.dumps(document))
    place = copy
    for part in path[:-1]:
        place = place[part]
    change(place, path[-1])
    return json.dumps(copy).encode()


def _fields(document: dict[str, Any], chance: random.Random) -> Iterator[Case]:
    for path in _paths(document):
        name = _dotted(path)
        yield Case("dropped", name, _changed(document, path, lambda place, key: place.pop(key)))
        values = [*_VALUES, *_swapped(document, path)]
        for value in chance.sample(values, 12):

            def put(place: Any, key: Any, value: Any = value) -> None:
                place[key] = value

            yield Case(f"is {ascii(value)[:40]}", name, _changed(document, path, put))


def _swapped(document: Any, path: tuple[Any, ...]) -> list[Any]:
    value = document
    for part in path:
        value = value[part]
    return [[value], {"value": value}, str(value), f"{value} ", f"{value}".upper()]


def _raw(document: dict[str, Any]) -> Iterator[Case]:
    text = json.dumps(document)
    good = text.encode()
    for what, sent in {
        "empty": b"",
        "white": b" \n",
        "null": b"null",
        "a number": b"17",
        "a text": b'"text"',
        "a list": b"[]",
        "a list of it": b"[" + good + b"]",
        "cut short": good[: len(good) // 2],
        "cut by one": good[:-1],
        "doubled": good + good,
        "with a tail": good + b"garbage",
        "with a comment": b"// why\n" + good,
        "in quotes of one": text.replace('"', "'").encode(),
        "a form": b"to=open&epoch=2",
        "deep": b"[" * 2_000,
        "deep and whole": b'{"a":' * 800 + b"1" + b"}" * 800,
        "not UTF-8": b'{"reason": "\xff\xfe"}',
        "in UTF-16": text.encode("utf-16"),
        "in Latin-1": '{"reason": "ä"}'.encode("latin-1"),
        "with a mark": b"\xef\xbb\xbf" + good,
        "NUL": b"\x00" * 8,
    }.items():
        yield Case(what, "", sent)
    for path in list(_paths(document))[:12]:
        if len(path) == 1:
            again = f"{json.dumps(path[0])}: {json.dumps('twice')}, "
            yield Case("given twice", path[0], ("{" + again + text[1:]).encode())


def _strange(document: dict[str, Any]) -> Iterator[Case]:
    for key in _STRANGE_KEYS:
        yield Case("strange", key or "''", json.dumps({**document, key: SECRET}).encode())
