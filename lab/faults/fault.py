"""What a fault is: a name, a sentence, a beginning and an end, and what it may lead to."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from lab.clouds.clouds import Clouds
from lab.drill.traffic import Traffic

__all__ = ["Effect", "Fault", "Scene"]


class Effect(StrEnum):
    """What a fault does to the workload, and so what landbridge may do about it."""

    OUTAGE = "outage"  # AWS cannot serve: a failover, or a refusal that says why
    STALLED = "stalled"  # commits wait for Azure alone: a run may be refused, AWS is not left
    QUIET = "quiet"  # AWS serves on: no failover may start, and AWS must not leave DNS
    COMPANION = "companion"  # it makes a failover harder; what is failed over from is another fault


@dataclass
class Scene:
    """What faults act on. ``kept`` is for what a fault's end needs from its beginning, by name.

    ``random`` is the only source of chance that a fault may use: it is made from the drill's seed.
    """

    clouds: Clouds
    traffic: Traffic
    random: random.Random
    kept: dict[str, Any] = field(default_factory=dict)


def _nothing(_scene: Scene, _argument: str) -> None:
    """Do nothing: what ends by itself has no end of its own."""


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong. Both ends get the argument that stood after the colon, or ``""``.

    ``begin`` returns when the fault is there, ``end`` when it is not; either may be called twice.
    ``arguments`` are those it takes, none where it takes none; the first is the one meant where
    none was given. ``seconds`` is how long it lasts where nobody said; None: until the repair,
    before the way home.
    """

    name: str
    sentence: str
    # One effect, or what decides it from the argument and the mode of replication.
    effect: Effect | Callable[[str, str], Effect]
    begin: Callable[[Scene, str], None]
    end: Callable[[Scene, str], None] = _nothing
    arguments: tuple[str, ...] = ()
    seconds: float | None = None
    # Whether the lab must have a proxy on each way between two places (``LabOptions.paths``).
    needs_paths: bool = False
    # Why this machine can't have the fault, empty where it can: what needs root says so.
    why_not: Callable[[], str] = lambda: ""

    def effect_of(self, argument: str, replication: str) -> Effect:
        """Return the effect with that argument where replication is ``sync`` or ``async``."""
        return (
            self.effect if isinstance(self.effect, Effect) else self.effect(argument, replication)
        )
