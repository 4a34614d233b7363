"""What the network does to a way between two places, and the file that tells a proxy of it.

A way has one rule. Several faults may touch one way at a time: each has its own say, under its own
name, and what holds is all of them together, so that one that ends leaves the others as they are.
"""

import json
import math
import random
import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

__all__ = ["Rule", "Rules", "RulesFile", "State", "combined", "waits_of"]

# Linux's retransmission time-out: the round trip and what varies of it, the latter at least 200 ms
# (TCP_RTO_MIN); before there is a round trip to measure, one second (RFC 6298, section 2.1).
LEAST_VARIANCE_SECONDS = 0.2
FIRST_TIMEOUT_SECONDS = 1.0


class State(StrEnum):
    """What becomes of bytes: passed on; swallowed, connections staying; or reset."""

    OPEN = "open"
    HELD = "held"
    CUT = "cut"


_BY_SEVERITY = (State.OPEN, State.HELD, State.CUT)


@dataclass(frozen=True)
class Rule:
    """One way's rule. ``latency_seconds`` is added to the round trip, half to each direction.

    ``loss`` is the probability that a chunk is lost, from 0 to under 1; ``seed`` decides which.
    """

    state: State = State.OPEN
    latency_seconds: float = 0.0
    loss: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse numbers that mean nothing: ValueError, which names the field."""
        if not 0 <= self.latency_seconds < math.inf:
            raise ValueError(f"latency_seconds: {self.latency_seconds!r} is not 0 or more")
        if not 0 <= self.loss < 1:
            raise ValueError(f"loss: {self.loss!r} is not from 0 to under 1")


def combined(rules: Iterable[Rule]) -> Rule:
    """Return what several rules are together: the worst state, all latencies, every loss."""
    state, latency_seconds, kept, seed = State.OPEN, 0.0, 1.0, 0
    for rule in rules:
        state = max(state, rule.state, key=_BY_SEVERITY.index)
        latency_seconds += rule.latency_seconds
        kept *= 1 - rule.loss
        seed ^= rule.seed
    return Rule(state, latency_seconds, 1 - kept, seed)


def waits_of(rule: Rule, chance: random.Random, *, opening: bool = False) -> float:
    """Return the seconds that one chunk travels, or that a connection takes to open.

    A lost chunk is not lost to its reader, for TCP sends it again: it comes a retransmission
    time-out later, twice that if lost again (RFC 6298, section 5.5).
    """
    timeout = FIRST_TIMEOUT_SECONDS if opening else LEAST_VARIANCE_SECONDS + rule.latency_seconds
    seconds = rule.latency_seconds * (1.0 if opening else 0.5)
    while chance.random() < rule.loss:
        seconds += timeout
        timeout *= 2
    return seconds


class RulesFile:
    """The rules as whoever sets them keeps them; every change is in the file when it returns.

    Renamed into place, so that a reader never finds half of them.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._rules: dict[tuple[str, str], Rule] = {}
        self._lock = threading.Lock()
        self._write()

    def impose(self, cause: str, ways: Iterable[str], rule: Rule) -> None:
        """Let ``cause`` have its say on these ways; again: its new say."""
        with self._lock:
            self._rules.update({(way, cause): rule for way in ways})
            self._write()

    def lift(self, cause: str, ways: Iterable[str]) -> None:
        """Take back what ``cause`` said of these ways; harmless where it said nothing."""
        with self._lock:
            for way in ways:
                self._rules.pop((way, cause), None)
            self._write()

    def _write(self) -> None:
        said: dict[str, list[Rule]] = {}
        for (way, _cause), rule in self._rules.items():
            said.setdefault(way, []).append(rule)
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps({way: asdict(combined(rules)) for way, rules in said.items()}))
        fresh.rename(self.path)


class Rules:
    """The rules as a proxy reads them, from the file anew each time: it is small."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._text = ""
        self._edition = 0
        self._rules: Mapping[str, Rule] = {}

    def edition(self) -> int:
        """Return a number that is another one after every change of the file."""
        text = self._path.read_text()
        if text != self._text:
            self._rules = {
                way: Rule(**{**fields, "state": State(fields["state"])})
                for way, fields in json.loads(text).items()
            }
            self._text = text
            self._edition += 1
        return self._edition

    def of(self, way: str) -> Rule:
        """Return the way's rule as it is now."""
        self.edition()
        return self._rules.get(way, Rule())
