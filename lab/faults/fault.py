"""What a fault is: a name, a sentence, a beginning and an end, and what it may lead to."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from lab.clouds.clouds import Clouds
from lab.drill.traffic import Traffic

__all__ = ["LEGS", "Effect", "Fault", "Order", "Scene"]

LEGS = ("out", "home")


class Effect(StrEnum):
    """What a fault does to the workload, and so what landbridge may do about it."""

    OUTAGE = "outage"  # AWS cannot serve: a failover, or a refusal that says why
    STALLED = "stalled"  # commits wait for Azure alone: a run may be refused, AWS is not left
    QUIET = "quiet"  # AWS serves on: no failover may start, and AWS must not leave DNS
    COMPANION = "companion"  # it makes a failover harder; what is failed over from is another fault


class Order(StrEnum):
    """When a fault that makes a failover harder begins, where nobody said when."""

    FIRST = "first"  # a moment before the outage, which would leave it nothing to act on
    BESIDE = "beside"  # with the outage
    AFTER = "after"  # some seconds after the outage, without which it has nothing to act on


@dataclass
class Scene:
    """What faults act on. ``kept`` is for what a fault's end needs from its beginning, by name.

    ``random`` is the only source of chance that a fault may use: it is made from the drill's seed.
    ``leg`` is the way that the fault was asked for, ``out`` or ``home``.
    """

    clouds: Clouds
    traffic: Traffic
    random: random.Random
    kept: dict[str, Any] = field(default_factory=dict)
    leg: str = "out"


def _nothing(_scene: Scene, _argument: str) -> None:
    """Do nothing: what ends by itself has no end of its own."""


def _both(_argument: str) -> tuple[str, ...]:
    return LEGS


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong. Its acts get the argument that stood after the colon, or ``""``.

    ``begin`` returns when the fault is there, ``end`` when nothing of it is done any more; either
    may be called twice. Both return why there was nothing to act on, None where there was:
    ``begin`` what it saw, ``end`` what never came of it. ``settle`` waits, after ``end``, until
    what the fault had taken down is well again; only the repair waits for that.

    ``arguments`` are those it takes, none where it takes none; the first is the one meant where
    none was given. ``seconds`` is how long it lasts where nobody said; None: until the repair,
    before the way home.
    """

    name: str
    sentence: str
    # One effect, or what decides it from the argument and the mode of replication.
    effect: Effect | Callable[[str, str], Effect]
    begin: Callable[[Scene, str], str | None]
    end: Callable[[Scene, str], str | None] = _nothing
    settle: Callable[[Scene, str], None] = _nothing
    arguments: tuple[str, ...] = ()
    # Other words for an argument.
    aliases: Mapping[str, str] = field(default_factory=dict, hash=False)
    # The arguments that the matrix plays, where that is not each of them.
    rows: tuple[str, ...] = ()
    seconds: float | None = None
    order: Order = Order.BESIDE
    # The ways on which it can act with that argument.
    legs: Callable[[str], tuple[str, ...]] = _both
    # Whether it is asked for on the way out and meant on both ways.
    each_way: Callable[[str], bool] = lambda _argument: False
    # Whether it has something to act on while nothing else is wrong.
    alone: bool = True
    # Whether it waits for its moment, so that no length is drawn for it.
    armed: bool = False
    # Whether landbridge gets over it together with the loss of AWS, without anybody's help.
    recovers: bool = False
    # Whether the lab must have a proxy on each way between two places (``LabOptions.paths``).
    needs_paths: bool = False
    # Why this machine can't have the fault, empty where it can: what needs root says so.
    why_not: Callable[[], str] = lambda: ""

    def effect_of(self, argument: str, replication: str) -> Effect:
        """Return the effect with that argument where replication is ``sync`` or ``async``."""
        return (
            self.effect if isinstance(self.effect, Effect) else self.effect(argument, replication)
        )

    def can_be_alone(self, argument: str) -> bool:
        """Whether a drill of it with that argument, and of nothing else, shows something."""
        return self.alone and "out" in self.legs(argument)
