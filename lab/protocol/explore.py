"""Breadth first through every world that can be reached; the shortest way to a broken one."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain

from lab.protocol.clients import after_writes
from lab.protocol.invariants import broken
from lab.protocol.runs import Move, moves_of
from lab.protocol.step import Model
from lab.protocol.surroundings import Fault, after_recovery, moves_around
from lab.protocol.world import World

__all__ = ["Exploration", "explore", "reached"]

_Origins = dict[World, tuple[World, Move] | None]


@dataclass(frozen=True)
class Exploration:
    """What was explored: how many worlds and moves, how deep, and whether that was all.

    ``broken`` is the invariant's sentence, empty where all held. Then ``start`` and ``moves_there``
    are the shortest way to the move that broke it.
    """

    worlds: int
    moves: int
    depth: int
    whole: bool
    broken: str = ""
    start: World | None = None
    moves_there: tuple[Move, ...] = ()


@contextmanager
def _uncollected() -> Iterator[None]:
    # Worlds hold no cycles, so there is nothing to find among a million of them: the collector
    # would only walk them, and all else that the process holds, again and again.
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


@_uncollected()
def explore(
    model: Model, starts: Iterable[World], faults: frozenset[Fault], depth: int | None = None
) -> Exploration:
    """Explore from ``starts`` up to ``depth`` moves (None: until nothing is new)."""
    layer = list(dict.fromkeys(after_writes(model, one) for one in starts))
    origins: _Origins = dict.fromkeys(layer)
    moves = deep = 0
    while layer and (depth is None or deep < depth):
        following: list[World] = []
        for world in layer:
            for move in _moves(model, world, faults):
                moves += 1
                if move.world in origins:
                    continue
                origins[move.world] = (world, move)
                following.append(move.world)
                if said := broken(model, world, move.world):
                    start, way = _way(origins, move.world)
                    return Exploration(len(origins), moves, deep + 1, False, said, start, way)
        layer = following
        deep += bool(layer)
    return Exploration(len(origins), moves, deep, not layer)


@_uncollected()
def reached(model: Model, starts: Iterable[World], faults: frozenset[Fault]) -> set[World]:
    """Return every world that can be reached, whatever holds there."""
    seen = {after_writes(model, one) for one in starts}
    open_ends = list(seen)
    while open_ends:
        for move in _moves(model, open_ends.pop(), faults):
            if move.world not in seen:
                seen.add(move.world)
                open_ends.append(move.world)
    return seen


def _moves(model: Model, world: World, faults: frozenset[Fault]) -> Iterator[Move]:
    mine = (move for run in world.runs for move in moves_of(model, world, run))
    for move in chain(mine, moves_around(world, faults)):
        after = after_recovery(after_writes(model, move.world))
        yield move if after is move.world else move._replace(world=after)


def _way(origins: _Origins, end: World) -> tuple[World, tuple[Move, ...]]:
    way: list[Move] = []
    world = end
    while (origin := origins[world]) is not None:
        world, move = origin
        way.append(move)
    return world, tuple(reversed(way))
