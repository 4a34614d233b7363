"""What a run may do next: the next action of its step, or how that step may end otherwise."""

from collections.abc import Iterator
from typing import NamedTuple

from lab.protocol.flow import Facts, Flow, read_flow
from lab.protocol.programs import KEYED, MOVES_GATE, PROGRAMS
from lab.protocol.step import Again, Failed, Model, Scene, Went
from lab.protocol.world import Place, Run, World

__all__ = ["Move", "moves_of", "started"]


_BEFORE_THE_GATE = frozenset({"Observe Sites", "Confirm Outage", "Take Lock", "Engage Gate"})
_BETWEEN_LOOKS = frozenset({"Take Lock", "Observe Return Again"})
_BRANCHES = frozenset(read_flow("failover").branch_of)
_NOTHING: frozenset[str] = frozenset()


class Move(NamedTuple):
    """One atomic action: whose, what it was in words, and the world after it."""

    actor: str
    text: str
    world: World


def started(name: str, flow: str) -> Run:
    """Return a run that has been started and did nothing yet."""
    read = read_flow(flow)
    return Run(name, flow, tuple(Place(state) for state in read.enter(read.start, {})))


def moves_of(model: Model, world: World, run: Run) -> Iterator[Move]:
    """Return all that the run may do now, in each of its branches."""
    for place in run.at:
        yield from _moves_at(model, world, run, place)


def _moves_at(model: Model, world: World, run: Run, place: Place) -> Iterator[Move]:
    flow = read_flow(run.flow)
    task = flow.tasks[place.state]
    program = PROGRAMS[task.step]
    actor = f"{run.name}, {task.state}"
    for outcome in program[place.done](Scene(model, world, run, task)):
        if isinstance(outcome, Again):
            begun = _moved(run, place, (Place(place.state, place.done - 1),))
            yield Move(actor, outcome.text, world.with_run(_empty_handed(flow, begun, place)))
        elif isinstance(outcome, Failed):
            yield Move(actor, f"{outcome.error}: {outcome.text}", _fails(flow, world, run, place))
        else:
            yield Move(actor, outcome.text, _goes_on(flow, outcome, place, len(program)))
            yield from _crashes(actor, flow, outcome, world, place)


def _goes_on(flow: Flow, went: Went, place: Place, length: int) -> World:
    run = went.run
    if not went.whole and place.done + 1 < length:
        return went.world.with_run(_moved(run, place, (Place(place.state, place.done + 1),)))
    others = _others(run, place)
    following = flow.after(place.state, _facts(run), tuple(one.state for one in others))
    return _left(flow, went.world, run, place, following)


def _crashes(actor: str, flow: Flow, went: Went, before: World, place: Place) -> Iterator[Move]:
    if not went.world.crashes_left:
        return
    world = went.world._replace(crashes_left=went.world.crashes_left - 1)
    begun = _empty_handed(flow, _moved(went.run, place, (Place(place.state),)), place)
    if went.world != before or place.done:
        again = _closed(flow, world, begun, place).with_run(begun)
        yield Move(actor, f"{went.text}; its worker dies, and the step is run again", again)
    failing = _fails(flow, world, went.run, place)
    yield Move(actor, f"{went.text}; its worker dies, time and again: the step fails", failing)


def _fails(flow: Flow, world: World, run: Run, place: Place) -> World:
    if place.state in flow.branch_of:
        _, branch = flow.branch_of[place.state]
        run = run._replace(failed=run.failed | {branch})
    others = tuple(one.state for one in _others(run, place))
    return _left(flow, world, run, place, flow.caught(place.state, _facts(run), others))


def _left(flow: Flow, world: World, run: Run, place: Place, following: tuple[str, ...]) -> World:
    """Return the world where the run has left ``place``; steps without actions are passed by."""
    world = _closed(flow, world, run, place)
    run = _empty_handed(flow, run, place)
    run = _moved(run, place, tuple(Place(state) for state in following))
    for one in run.at:
        if not PROGRAMS[flow.tasks[one.state].step]:
            others = tuple(other.state for other in _others(run, one))
            return _left(flow, world, run, one, flow.after(one.state, _facts(run), others))
    return world.with_run(_trimmed(run))


def _trimmed(run: Run) -> Run:
    """Return the run without what it will not read again, so that equal futures are one world."""
    if not run.at:
        return Run(run.name, run.flow, ())
    states = {place.state for place in run.at}
    if run.flow == "failback":
        return run if states & _BETWEEN_LOOKS else run._replace(situation="")
    if states & _BEFORE_THE_GATE:
        return run
    fencing = "Fence Primary First" in states
    return run._replace(
        situation="",
        seen_state="",
        seen_epoch=0,
        fence_first=run.fence_first and fencing,
        token=run.token if fencing or "Check Promotion" in states else "",
        failed=run.failed if states & _BRANCHES else _NOTHING,
    )


def _closed(flow: Flow, world: World, run: Run, place: Place) -> World:
    """Return the world where the step's session is closed: its advisory lock is free."""
    keyed = KEYED.get(flow.tasks[place.state].step)
    if keyed == "azure" and world.azure_key == run.name:
        return world._replace(azure_key="")
    if keyed == "aws" and world.aws_key == run.name:
        return world._replace(aws_key="")
    return world


def _moved(run: Run, place: Place, to: tuple[Place, ...]) -> Run:
    if len(run.at) == 1:
        return run._replace(at=to)
    return run._replace(at=tuple(new for one in run.at for new in (to if one == place else (one,))))


def _empty_handed(flow: Flow, run: Run, place: Place) -> Run:
    """Return the run without the write of the gate that ``place``'s step had in hand."""
    if run.intent is None or flow.tasks[place.state].step not in MOVES_GATE:
        return run
    return run._replace(intent=None)


def _others(run: Run, place: Place) -> tuple[Place, ...]:
    return tuple(one for one in run.at if one != place)


def _facts(run: Run) -> Facts:
    """Return what the machines' Choice states ask of a run; a rebuild's visits are one visit."""
    return {
        "$.observed.situation": run.situation,
        "$.again.observed.situation": run.situation,
        "$.observed.dns": "azure",
        "$.observed.gate.state": run.seen_state,
        "$.observed.ask": False,
        "$.request.fence_first": run.fence_first,
        "$.moved.database.failed": "failed" if "database" in run.failed else None,
        "$.moved.pods.failed": "failed" if "pods" in run.failed else None,
        "$.rebuilt_primary.done": True,
        "$.rebuilt_standby.done": True,
        "$.stream.caught_up": True,
        "$.ending.mark": "",
        "$.lock.epoch": run.epoch or None,
    }
