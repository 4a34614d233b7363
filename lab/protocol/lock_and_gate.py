"""The run lock and the gate, as every step asks the Function App for them.

What is one action here although it is several calls, and why that hides nothing:

- Taking, renewing and freeing the lock: a compare-and-set on the lock, which is written alone.
- Reading the gate and then the lock, before the gate is moved: the gate's compare-and-set makes
  sure that the first did not change; that the lock changes before the write is kept.
"""

from collections.abc import Iterator
from dataclasses import replace

from lab.protocol.flow import read_flow
from lab.protocol.step import Action, Again, Failed, Outcome, Scene, Went, failed
from lab.protocol.world import Intent
from landbridge.domain.errors import FunctionUnavailableError, LandbridgeError
from landbridge.domain.gate import GateState
from landbridge.domain.lock import decide_release, decide_take

__all__ = [
    "LEASED",
    "check_holder",
    "decide_gate",
    "free_lock",
    "renew",
    "renew_and",
    "take",
    "unavailable",
    "write_gate",
]

# Steps of several actions whose first one takes or renews the lease: they are over before it is.
LEASED = frozenset(
    {
        "fence_primary",
        "wait_rollout",
        "undo_failover",
        "rebuild_primary",
        "hold_writes",
        "promote_primary",
        "admit_primary",
        "rebuild_standby",
        "protect_primary",
        "undo_failback",
    }
)


def unavailable() -> Failed:
    """Return the outcome where the Function App does not answer."""
    return failed(FunctionUnavailableError("the Function App does not answer"))


def take(scene: Scene) -> Iterator[Outcome]:
    """Take the run lock; another run's as soon as its lease may have run out."""
    world, run = scene.world, scene.run
    if not world.function_app:
        yield unavailable()
        return
    held = world.lock.holder if world.lock else ""
    foreign = held not in {"", run.name}
    for now in (0.0, 1.0) if foreign and _lease_may_end(scene, held) else (0.0,):
        try:
            lock = decide_take(world.lock, world.gate.epoch, run.name, 1, now)
        except LandbridgeError as error:
            yield failed(error)
            continue
        over = f"{held}'s lease has run out: " if now else ""
        text = f"{over}takes the run lock, in epoch {lock.epoch}"
        kept = world._replace(lock=replace(lock, renewed_at=0.0))
        yield Went(text, kept, run._replace(epoch=lock.epoch))


def _lease_may_end(scene: Scene, holder: str) -> bool:
    if not scene.model.rules.lease_outlasts:
        return True
    return not any(
        place.done and read_flow(run.flow).tasks[place.state].step in LEASED
        for run in scene.world.runs
        if run.name == holder
        for place in run.at
    )


def renew(scene: Scene) -> Iterator[Outcome]:
    """Begin the lease anew: the first thing that most steps do."""
    world, run = scene.world, scene.run
    if not world.function_app:
        yield unavailable()
        return
    try:
        scene.model.rules.renew(world.lock, run.name, run.epoch, 0.0)
    except LandbridgeError as error:
        yield failed(error)
        return
    yield Went(f"renews its lease in epoch {run.epoch}", world, run)


def renew_and(scene: Scene, text: str) -> Iterator[Outcome]:
    """Renew the lease in a step whose look was fine: ``text`` says what it saw."""
    for outcome in renew(scene):
        yield outcome._replace(text=text) if isinstance(outcome, Went) else outcome


def check_holder(scene: Scene) -> Iterator[Outcome]:
    """Ask the Function App for pods: it lets the lock's holder alone scale them."""
    world, run = scene.world, scene.run
    if not world.function_app:
        yield unavailable()
        return
    try:
        scene.model.rules.holder(world.lock, run.name, run.epoch)
    except LandbridgeError as error:
        yield failed(error)
        return
    yield Went("has Azure's pods scaled", world, run)


def free_lock(scene: Scene) -> Iterator[Outcome]:
    """Free the run lock where it is the run's own."""
    world, run = scene.world, scene.run
    if not world.function_app:
        yield unavailable()
        return
    lock = decide_release(world.lock, run.name, 0.0)
    if lock is None:
        yield Went("does not hold the run lock, and ends", world, run)
    else:
        yield Went("frees the run lock and ends", world._replace(lock=lock), run)


def decide_gate(to: GateState, *, as_seen: bool = False) -> Action:
    """Return the action that reads gate and lock and decides to move the gate ``to`` there.

    ``as_seen``: only the gate that the run's own look saw.
    """

    def decide(scene: Scene) -> Iterator[Outcome]:
        world, run = scene.world, scene.run
        if not world.function_app:
            yield unavailable()
            return
        transition = scene.model.rules.transition
        try:
            wanted = transition(
                world.gate,
                world.lock,
                to,
                epoch=run.epoch,
                holder=run.name,
                now="",
                seen_epoch=run.seen_epoch
                if as_seen and scene.model.rules.engages_as_seen
                else None,
            )
        except LandbridgeError as error:
            yield failed(error)
            return
        text = f"reads the gate ({world.gate.state}, epoch {world.gate.epoch}) and the lock"
        yield Went(
            f"{text}: it may be {to}", world, run._replace(intent=Intent(world.gate, wanted))
        )

    return decide


def write_gate(scene: Scene) -> Iterator[Outcome]:
    """Write the gate if nobody wrote it since it was read."""
    world, run, intent = scene.world, scene.run, scene.run.intent
    if not world.function_app:
        yield unavailable()
        return
    if intent is None or intent.seen != world.gate:
        yield Again("somebody wrote the gate in between: it looks again")
        return
    text = f"writes the gate: {intent.wanted.state}, epoch {intent.wanted.epoch}"
    yield Went(text, world._replace(gate=intent.wanted), run._replace(intent=None))
