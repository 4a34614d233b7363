"""What strangers cost: one reading of the gate a second, and so many answers for each address."""

from threading import Event, Thread

import azure.functions as func
import pytest

from azure_functions import gate, vetoes
from azure_functions.vetoes import Admission, LatestGate
from landbridge.domain.gate import VETO_AZURE, Gate, GateState
from tests.azure_functions.conftest import Call

CLOSED = Gate(GateState.CLOSED, "aws", 1, "", "")
OPEN = Gate(GateState.OPEN, "azure", 2, "run-1", "")


class Clock:
    """A clock that a test sets."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Read:
    """A gate to read; ``times`` counts."""

    def __init__(self) -> None:
        self.gate: Gate | None = CLOSED
        self.times = 0

    def __call__(self) -> Gate | None:
        self.times += 1
        return self.gate


def test_the_gate_is_read_once_a_second() -> None:
    """All who ask in one second get one reading; the next second's first gets a new one."""
    clock, read = Clock(), Read()
    latest = LatestGate(read, clock)
    assert [latest.look() for _ in range(50)] == [CLOSED] * 50
    read.gate, clock.now = OPEN, 100.9
    assert (latest.look(), read.times) == (CLOSED, 1)
    clock.now = 101.0
    assert (latest.look(), read.times) == (OPEN, 2)


def test_a_gate_that_cannot_be_read_is_not_asked_for_more_often() -> None:
    """Unknown is kept for a second too: a sick API server is not flooded."""
    read = Read()
    read.gate = None
    latest = LatestGate(read, Clock())
    assert [latest.look() for _ in range(5)] == [None] * 5
    assert read.times == 1


def test_a_move_is_seen_in_the_next_answer() -> None:
    """Whoever writes the gate lets the next look read it."""
    read = Read()
    latest = LatestGate(read, Clock())
    assert latest.look() == CLOSED
    read.gate = OPEN
    latest.forget()
    assert latest.look() == OPEN


def test_a_reading_that_a_move_overtook_is_not_kept() -> None:
    """It may be of before the move, so the next look reads again."""
    reading, written = Event(), Event()

    def slow() -> Gate:
        first = not reading.is_set()
        reading.set()
        written.wait()
        return CLOSED if first else OPEN

    latest = LatestGate(slow, Clock())
    looking = Thread(target=latest.look)
    looking.start()
    reading.wait()
    latest.forget()
    written.set()
    looking.join()
    assert latest.look() == OPEN


def test_each_address_has_its_own_measure() -> None:
    """One that asks too often is refused, until it has waited; the others are not touched."""
    clock = Clock()
    admission = Admission(10.0, clock)
    assert [admission.admits("192.0.2.1:5000") for _ in range(25)] == [True] * 20 + [False] * 5
    assert admission.admits("192.0.2.2:5000")
    clock.now += 0.125
    assert [admission.admits("192.0.2.1:6000") for _ in range(2)] == [True, False]


def test_only_the_front_ends_word_counts() -> None:
    """What a client writes into the header itself gives it no other address."""
    admission = Admission(1.0, Clock())
    asked = [admission.admits(f"198.51.100.{n}, 192.0.2.1:{n}") for n in range(4)]
    assert asked == [True, True, False, False]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("[2001:db8::1]:443", "[2001:db8::ffff]:444"),  # one host's own network
        ("2001:db8::1", "2001:db8::2"),
        ("junk", ""),
    ],
)
def test_what_counts_as_one_address(first: str, second: str) -> None:
    """An IPv6 host has 2**64 addresses, and what is no address is all one."""
    admission = Admission(1.0, Clock())
    assert [admission.admits(first), admission.admits(second), admission.admits(first)] == [
        True,
        True,
        False,
    ]


def test_strangers_fill_no_memory() -> None:
    """Of the addresses the last few thousand are kept."""
    admission = Admission(1.0, Clock())
    for number in range(10_000):
        admission.admits(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(admission._left) == 4096


def test_who_asks_too_often_gets_429(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """The route answers so many a second to one address, and others as before."""
    del call  # the settings are its
    monkeypatch.setenv("LANDBRIDGE_VETO_REQUESTS_PER_SECOND", "1")
    vetoes.admission.cache_clear()
    monkeypatch.setattr(gate, "latest", LatestGate(lambda: CLOSED))

    def ask(address: str) -> tuple[int, str]:
        request = func.HttpRequest(
            "GET", "/api/gate/veto-azure", headers={"X-Forwarded-For": address}, body=b""
        )
        answer = gate.veto_azure(req=request)  # type: ignore[operator]  # the builder calls it
        return answer.status_code, answer.get_body().decode()

    monkeypatch.setattr(vetoes.admission(), "_clock", lambda: 5.0)
    assert [ask("192.0.2.1:1") for _ in range(3)] == [(200, VETO_AZURE)] * 2 + [(429, "")]
    assert ask("192.0.2.2:1") == (200, VETO_AZURE)


@pytest.mark.parametrize("value", ["0", "junk", "nan", "1e9"])
def test_a_wrong_limit_takes_no_veto_away(
    call: Call, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    """The log says so and the default holds: the vetoes matter more."""
    monkeypatch.setattr(gate, "latest", LatestGate(lambda: CLOSED))
    monkeypatch.setenv("LANDBRIDGE_VETO_REQUESTS_PER_SECOND", value)
    vetoes.admission.cache_clear()
    assert call(gate.veto_azure) == (200, VETO_AZURE)
