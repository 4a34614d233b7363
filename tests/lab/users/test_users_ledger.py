"""Reading a ledger."""

import json
from pathlib import Path

import pytest

from lab.users.ledger import (
    History,
    LedgerError,
    LedgerTail,
    Lookup,
    Write,
    history_of,
    read_history,
)
from lab.users.series import series_of
from lab.users.writer import LedgerWriter


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    """Events written come back as writes, lookups and sheds."""
    path = tmp_path / "ledger.jsonl"
    with LedgerWriter(path) as ledger:
        ledger.write("start", clients=1)
        ledger.write("attempt", id="a", user=0)
        ledger.write("dns", address="127.0.0.2", ttl=1)
        ledger.write(
            "acknowledged", id="a", site="aws", epoch=3, number=7, address="127.0.0.2", sent=5.0
        )
        ledger.write("attempt", id="b", user=0)
        ledger.write("failed", id="b", reason="dns", address=None, sent=None)
        ledger.write("attempt", id="c", user=0)
        ledger.write("shed", user=0)
        ledger.write("stop")

    history = read_history(path)

    a, b, c = history.writes
    assert (a.site, a.epoch, a.number, a.address, a.sent) == ("aws", 3, 7, "127.0.0.2", 5.0)
    assert a.acknowledged
    assert a.ended is not None
    assert a.started <= a.ended
    assert (b.reason, b.acknowledged, b.sent) == ("dns", False, None)
    assert (c.ended, c.acknowledged) == (None, False)
    assert [(look.address, look.ttl_seconds) for look in history.lookups] == [("127.0.0.2", 1)]
    assert len(history.shed) == 1


def test_a_line_being_written_is_left_for_the_next_look(tmp_path: Path) -> None:
    """A last line without its end is not read until it has one."""
    path = tmp_path / "ledger.jsonl"
    line = json.dumps({"t": 1.0, "event": "attempt", "id": "a"})
    path.write_text(line[:10])
    tail = LedgerTail(path)

    assert tail.read() == []

    with path.open("a") as file:
        file.write(line[10:] + "\n" + '{"t": 2')

    assert [event["id"] for event in tail.read()] == ["a"]
    assert tail.read() == []


@pytest.mark.parametrize(
    "lines",
    [
        ["not json"],
        ["[1]"],
        ['{"t": 1, "event": "attempt"}'],
        ['{"t": 1, "event": "paid", "id": "a"}'],
        ['{"t": 1, "event": "acknowledged", "id": "a", "site": "aws", "epoch": 1, "number": 1}'],
        ['{"t": 1, "event": "attempt", "id": "a"}', '{"t": 2, "event": "attempt", "id": "a"}'],
        [
            '{"t": 1, "event": "attempt", "id": "a"}',
            '{"t": 2, "event": "failed", "id": "a", "reason": "reset"}',
            '{"t": 3, "event": "failed", "id": "a", "reason": "reset"}',
        ],
        [
            '{"t": 1, "event": "attempt", "id": "a"}',
            '{"t": 2, "event": "acknowledged", "id": "a", "site": "aws"}',
        ],
    ],
    ids=[
        "no json",
        "no object",
        "no id",
        "unknown",
        "no attempt",
        "twice",
        "ends twice",
        "no epoch",
    ],
)
def test_a_broken_ledger_is_an_error(tmp_path: Path, lines: list[str]) -> None:
    """A ledger that the client cannot have written is refused, not guessed at."""
    path = tmp_path / "ledger.jsonl"
    path.write_text("\n".join(lines) + "\n")

    with pytest.raises(LedgerError):
        read_history(path)


def test_a_part_of_a_history_is_cut_by_attempt() -> None:
    """The window is half open and cuts writes, lookups and sheds alike."""
    events = [{"t": t, "event": "attempt", "id": str(t)} for t in (1.0, 2.0, 3.0)]
    events += [{"t": 2.5, "event": "dns", "address": "127.0.0.1", "ttl": 1}]
    events += [{"t": 3.5, "event": "shed", "user": 0}]

    part = history_of(events).between(2.0, 3.0)

    assert part == History((Write("2.0", 2.0),), (Lookup(2.5, "127.0.0.1", 1),), ())


def test_series_counts_by_the_time_a_write_ended() -> None:
    """Acknowledgements by site, and failures, count in the bucket where each ended."""
    writes = (
        Write("a", 9.9, ended=10.0, site="aws", epoch=1, number=1),
        Write("b", 9.9, ended=10.9, site="aws", epoch=1, number=2),
        Write("c", 9.9, ended=11.1, reason="timeout"),
        Write("d", 9.9, ended=12.0, site="azure", epoch=2, number=3),
        Write("e", 9.9, ended=13.0, site="azure", epoch=2, number=4),
        Write("f", 9.9),
    )

    series = series_of(History(writes), start=10.0, end=13.0)

    assert series.acknowledged == {"aws": (2, 0, 0), "azure": (0, 0, 1)}
    assert series.failed == (0, 1, 0)
