"""Where the model begins, and what may go wrong in it: worlds, runs, faults and their number."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lab.protocol.explore import reached
from lab.protocol.flow import read_flow
from lab.protocol.lock_and_gate import LEASED
from lab.protocol.options import Beginning
from lab.protocol.programs import KEYED
from lab.protocol.rules import Rules
from lab.protocol.runs import started
from lab.protocol.step import Model
from lab.protocol.surroundings import Fault
from lab.protocol.world import Run, Site, World
from landbridge.domain.gate import Gate, GateState
from landbridge.domain.lock import RunLock

__all__ = ["SCENARIOS", "Bounds", "Scenario"]


@dataclass(frozen=True)
class Bounds:
    """How many faults may begin, and how many workers may die. What began may end at any time."""

    faults: int
    crashes: int


@dataclass(frozen=True)
class Scenario:
    """One set of first worlds; ``bounds`` are the ones that continuous integration explores."""

    sentence: str
    bounds: Bounds
    faults: frozenset[Fault]
    begin: Callable[[Model, Bounds], list[World]]


def _on_aws(model: Model, bounds: Bounds, *names: str) -> list[World]:
    """Return the quiet world, with failovers that may begin at any time."""
    world = World(
        aws=Site(standby=False, epoch=1, timeline=1, waits=model.synchronous),
        azure=Site(standby=True, epoch=1, timeline=1),
        gate=Gate(GateState.CLOSED, "aws", 1, "", ""),
        lock=None,
        runs=tuple(started(name, "failover") for name in names),
        faults_left=bounds.faults,
        crashes_left=bounds.crashes,
        noted=(1, model.synchronous, True, False),
    )
    return [world]


def _on_azure(model: Model, bounds: Bounds, *names: str) -> list[World]:
    """Return the world that a run "away" left in epoch 3, AWS fenced; failbacks may begin."""
    world = World(
        aws=Site(
            standby=False,
            epoch=1,
            timeline=1,
            held=True,
            held_file=True,
            waits=model.synchronous,
            lacks=True,
        ),
        azure=Site(standby=False, epoch=3, timeline=2, writer="away"),
        gate=Gate(GateState.OPEN, "azure", 3, "away", ""),
        lock=RunLock("", 3, lease_seconds=1, renewed_at=0.0),
        runs=tuple(started(name, "failback") for name in names),
        faults_left=bounds.faults,
        crashes_left=bounds.crashes,
        resolved=frozenset({"aws", "azure"}),
        acknowledged=(1, 3),
        failed=True,
        noted=(1, model.synchronous, True, False),
    )
    return [world]


def _crossed(model: Model, bounds: Bounds) -> list[World]:
    (home,) = _on_azure(model, bounds, "home")
    return [home._replace(runs=(*home.runs, late)) for late in _late_runs(model)]


def _late_runs(model: Model) -> list[Run]:
    """Return a failover of epoch 2 in every state that it may have stopped in for a long time.

    Not within a step that holds a session or a lease: those are over before another run acts.
    """
    tasks = read_flow("failover").tasks
    whole = Model(Rules(), model.synchronous)
    worlds = reached(whole, _on_aws(whole, Bounds(2, 1), "late"), _LOSSES)
    bounded = LEASED | set(KEYED)
    stopped = {
        run
        for world in worlds
        for run in world.runs
        if run.at and not any(p.done and tasks[p.state].step in bounded for p in run.at)
    }
    return sorted(stopped, key=repr)


_LOSSES = frozenset({Fault.AWS_DIES, Fault.AWS_CUT_OFF})
_ALL = frozenset(Fault)

SCENARIOS: Mapping[Beginning, Scenario] = {
    Beginning.FAILOVER: Scenario(
        "AWS serves; two failovers, each of which may begin, stall and wake at any moment",
        Bounds(faults=1, crashes=0),
        _ALL - {Fault.LOOK_IS_KEPT},
        lambda model, bounds: _on_aws(model, bounds, "first", "second"),
    ),
    Beginning.FAILOVER_ALONE: Scenario(
        "AWS serves; one failover, with more trouble",
        Bounds(faults=2, crashes=1),
        _ALL,
        lambda model, bounds: _on_aws(model, bounds, "first"),
    ),
    Beginning.FAILBACK: Scenario(
        "Azure serves since epoch 3; two failbacks, each of which may begin, stall and wake",
        Bounds(faults=1, crashes=1),
        _LOSSES,
        lambda model, bounds: _on_azure(model, bounds, "home", "again"),
    ),
    Beginning.FAILBACK_ALONE: Scenario(
        "Azure serves since epoch 3; one failback, with more trouble",
        Bounds(faults=2, crashes=1),
        _ALL,
        lambda model, bounds: _on_azure(model, bounds, "home"),
    ),
    Beginning.CROSSED: Scenario(
        "Azure serves since epoch 3; a failback, and a failover of epoch 2 that wakes at any step",
        Bounds(faults=1, crashes=0),
        _LOSSES | {Fault.LOOK_IS_KEPT},
        _crossed,
    ),
}
