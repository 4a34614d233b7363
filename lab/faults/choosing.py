"""Which faults a drill has: as asked for, completed by what they need, or drawn by lot."""

import random
from collections.abc import Sequence
from dataclasses import replace

from lab.faults.asking import Asked, parse_fault
from lab.faults.catalogue import FAULTS
from lab.faults.fault import Effect, Fault, Order

__all__ = ["completed", "drawn", "impossible", "need_paths"]

LOSS = "region-loss"
# How long a fault is there before the outage that it must precede; when one comes that follows it:
# after the alarm, so that a run has begun.
FIRST_SECONDS, AFTER_SECONDS = 2.0, 3.0
MOST_COMPANIONS = 2
QUIET_SHARE, PASSING_SHARE = 0.2, 0.25
# When drawn faults begin and how long they last: all of a quick drill's ways lie within.
LATEST_OUTAGE_SECONDS, LATEST_START_SECONDS = 4.0, 8.0
SHORTEST_SECONDS, LONGEST_SECONDS = 2.0, 10.0

Choice = tuple[Fault, str]


def completed(
    asked: Sequence[Asked], replication: str, *, alone: bool = False
) -> tuple[Asked, ...]:
    """Return the faults with what they accompany: without an outage, the loss of the region.

    That comes at once, or a moment later where a fault must be there first; what follows an outage
    and has no start of its own gets one. ``alone``: no outage is added.
    """
    if alone:
        return tuple(asked)
    effects = [one.effect(replication) for one in asked if one.leg == "out"]
    away = any(one.leg == "home" for one in asked)
    both = [*asked, *_again(asked)]
    if Effect.OUTAGE not in effects and (away or not effects or Effect.COMPANION in effects):
        loss = replace(parse_fault(LOSS), start_seconds=_room(asked), added=True)
        both = [*both, loss] if loss.start_seconds else [loss, *both]
    outages = [
        one.start_seconds
        for one in both
        if one.leg == "out" and one.effect(replication) is Effect.OUTAGE
    ]
    lost_at = min(outages, default=0.0)
    return tuple(_following(one, lost_at) if outages else one for one in both)


def _again(asked: Sequence[Asked]) -> list[Asked]:
    """Return those that are meant on both ways, for the way home."""
    return [
        replace(one, leg="home", start_seconds=0.0, added=True)
        for one in asked
        if one.leg == "out" and one.fault.each_way(one.argument)
    ]


def _room(asked: Sequence[Asked]) -> float:
    out = (one for one in asked if one.leg == "out" and not one.start_seconds)
    return FIRST_SECONDS if any(one.fault.order is Order.FIRST for one in out) else 0.0


def _following(one: Asked, lost_at: float) -> Asked:
    if one.fault.order is not Order.AFTER or one.leg != "out" or one.start_seconds:
        return one
    return replace(one, start_seconds=lost_at + AFTER_SECONDS)


def impossible(asked: Sequence[Asked]) -> str:
    """Say why this machine can't have one of the faults; empty where it can have all."""
    reasons = ((one.fault.name, one.fault.why_not()) for one in asked)
    return "; ".join(f"{name}: {why}" for name, why in reasons if why)


def need_paths(asked: Sequence[Asked]) -> bool:
    """Whether the lab must have a proxy on each way: LabOptions' ``paths``."""
    return any(one.fault.needs_paths for one in asked)


def drawn(chance: random.Random, replication: str) -> tuple[Asked, ...]:
    """Draw a drill's faults: mostly an outage and what makes it harder, on either way.

    Else it is one fault alone, which is no outage. What is drawn does not depend on the machine.
    """
    others = [one for one in _choices() if _effect(one, replication) is not Effect.OUTAGE]
    if chance.random() < QUIET_SHARE:
        alone = [(fault, argument) for fault, argument in others if fault.can_be_alone(argument)]
        return (_drawn_of(alone, chance, "out"),)
    outages = [one for one in _choices() if _effect(one, replication) is Effect.OUTAGE]
    outage = _drawn_of(outages, chance, "out", latest=LATEST_OUTAGE_SECONDS)
    if chance.random() >= PASSING_SHARE:
        outage = replace(outage, seconds=outage.fault.seconds)
    faults = [outage]
    for _ in range(chance.randint(0, MOST_COMPANIONS)):
        leg = chance.choice(("out", "out", "home"))
        one = _beside(outage, _drawn_of(others, chance, leg), chance)
        if all(one.fault is not other.fault for other in faults):
            faults.append(one)
    return tuple(faults)


def _beside(outage: Asked, one: Asked, chance: random.Random) -> Asked:
    """Let it begin where it has something to act on, as far as its order says that."""
    if one.leg != "out":
        return one
    if one.fault.order is Order.FIRST:
        return replace(one, start_seconds=round(chance.uniform(0.0, outage.start_seconds), 1))
    if one.fault.order is Order.AFTER:
        later = max(one.start_seconds, 0.1)
        return replace(one, start_seconds=round(outage.start_seconds + later, 1))
    return one


def _choices() -> list[Choice]:
    return [(fault, argument) for fault in FAULTS.values() for argument in fault.arguments or ("",)]


def _effect(choice: Choice, replication: str) -> Effect:
    fault, argument = choice
    return fault.effect_of(argument, replication)


def _drawn_of(
    among: Sequence[Choice], chance: random.Random, leg: str, latest: float = LATEST_START_SECONDS
) -> Asked:
    able = [(fault, argument) for fault, argument in among if leg in fault.legs(argument)]
    # By name first: a fault with thirty arguments is not thirty times as likely.
    name = chance.choice(sorted({fault.name for fault, _ in able}))
    argument = chance.choice([argument for fault, argument in able if fault.name == name])
    start = round(chance.uniform(0.0, latest), 1)
    seconds = round(chance.uniform(SHORTEST_SECONDS, LONGEST_SECONDS), 1)
    fault = FAULTS[name]
    return Asked(fault, argument, start, fault.seconds if fault.armed else seconds, leg)
