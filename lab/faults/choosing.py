"""Which faults a drill has: as asked for, completed by what they need, or drawn by lot."""

import random
from collections.abc import Sequence
from dataclasses import replace

from lab.faults.catalogue import FAULTS
from lab.faults.fault import Effect, Fault
from lab.faults.schedule import Asked, parse_fault

__all__ = ["completed", "drawn", "impossible"]

LOSS = "region-loss"
MOST_COMPANIONS = 2
# When drawn faults begin and how long they last: all of a quick drill's ways lie within.
LATEST_START_SECONDS, SHORTEST_SECONDS, LONGEST_SECONDS = 8.0, 2.0, 10.0


def completed(asked: Sequence[Asked], replication: str) -> tuple[Asked, ...]:
    """Return the faults with what they accompany: without an outage, the loss of the region."""
    out = [one.effect(replication) for one in asked if one.leg == "out"]
    quiet = bool(out) and all(effect in {Effect.QUIET, Effect.STALLED} for effect in out)
    away = any(one.leg == "home" for one in asked)
    if Effect.OUTAGE in out or (quiet and not away):
        return tuple(asked)
    return (parse_fault(LOSS), *asked)


def impossible(asked: Sequence[Asked]) -> str:
    """Say why this machine can't have one of the faults; empty where it can have all."""
    reasons = ((one.fault.name, one.fault.why_not()) for one in asked)
    return "; ".join(f"{name}: {why}" for name, why in reasons if why)


def drawn(chance: random.Random, replication: str) -> tuple[Asked, ...]:
    """Draw a drill's faults: mostly an outage and what makes it harder, on either way."""
    if chance.random() < 0.15:  # noqa: PLR2004 - one drill in seven is a quiet one
        calm = _having(Effect.QUIET, replication) + _having(Effect.STALLED, replication)
        return (_drawn_of(calm, chance, "out"),)
    outage = _drawn_of(_having(Effect.OUTAGE, replication), chance, "out")
    faults = [replace(outage, start_seconds=0.0, seconds=outage.fault.seconds)]
    companions = _having(Effect.COMPANION, replication)
    for _ in range(chance.randint(0, MOST_COMPANIONS) if companions else 0):
        leg = chance.choice(("out", "out", "home"))
        one = _drawn_of(companions, chance, leg)
        if all(one.fault is not other.fault for other in faults):
            faults.append(one)
    return tuple(faults)


def _having(effect: Effect, replication: str) -> list[tuple[Fault, str]]:
    return [
        (fault, argument)
        for fault in FAULTS.values()
        if not fault.why_not()
        for argument in fault.arguments or ("",)
        if fault.effect_of(argument, replication) is effect
    ]


def _drawn_of(among: Sequence[tuple[Fault, str]], chance: random.Random, leg: str) -> Asked:
    # By name first: a fault with thirty arguments is not thirty times as likely.
    name = chance.choice(sorted({fault.name for fault, _ in among}))
    argument = chance.choice([argument for fault, argument in among if fault.name == name])
    start = round(chance.uniform(0.0, LATEST_START_SECONDS), 1)
    seconds = round(chance.uniform(SHORTEST_SECONDS, LONGEST_SECONDS), 1)
    return Asked(FAULTS[name], argument, start, seconds, leg)
