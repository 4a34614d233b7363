"""Every state that interrupted runs can leave behind, found by running: start again from each.

A run that is cut leaves the world as the last thing that it changed left it. So one run shows the
states of all its cuts, and each of those that is new is started from in turn: what is reached in
the end is what any number of interruptions, anywhere, can leave. States are told apart by what a
run can see of them; who did it, and how much was written, is left out.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from landbridge.domain.errors import LandbridgeError
from landbridge.domain.plan import FAILBACK_STATES, FAILOVER
from landbridge.domain.timeline_history import common_fork
from tests.functions.sites import Moment
from tests.functions.world import World
from tests.statemachines.machine import Event, Run, StepFunction
from tests.statemachines.one_thread import OneThread
from tests.statemachines.scripted import WorkerDiedError

__all__ = [
    "ALARM",
    "AT_ANY_PRICE",
    "LEASE_SECONDS",
    "ORDERS",
    "PLANNED",
    "RESUMED",
    "Interruptions",
    "Start",
    "restarted_aws",
    "restarted_azure",
    "signature",
]

LEASE_SECONDS = 1_000.0  # longer than any lease
# The branches: fence, pods, database. Each can be done, half done or not begun when a run is cut.
ORDERS: tuple[tuple[int, ...], ...] = ((2, 0, 1), (0, 2, 1), (1, 2, 0))
ALARM = {"trigger": "alarm", "reason": "AWS is unhealthy by Route 53's checkers"}
PLANNED = {"trigger": "manual", "reason": "a GameDay", "planned": True}
AT_ANY_PRICE = {"trigger": "manual", "reason": "AWS is gone", "accept_data_loss": True}
RESUMED = {"trigger": "manual", "reason": "resumed by an operator"}
_STEPS = {"failover": FAILOVER, "failback": FAILBACK_STATES}


@dataclass(frozen=True)
class Start:
    """How a run is begun: its flow, its request, and in which order branches run."""

    flow: str
    request: Mapping[str, Any]
    order: Sequence[int] = (0, 1, 2)


@dataclass
class Interruptions:
    """Runs machines in a world; ``story`` is how the present state came about."""

    world: World
    machines: OneThread
    story: list[str] = field(default_factory=list)
    runs: int = 0

    def __post_init__(self) -> None:
        self._strange: list[str] = []
        self._death: tuple[int, bool] = (0, False)
        self._dead = ""
        self._done = 0

    def start(self, start: Start, *, dies_at: int = 0, for_good: bool = False) -> Run:
        """Run a machine to its end; assert that it met nothing but landbridge's own errors.

        The worker of a step dies as it has changed the run's ``dies_at``-th thing; ``for_good``:
        and so does each that takes its place.
        """
        self.runs += 1
        self._done, self._death, self._dead = 0, (dies_at, for_good), ""
        work = self.world.functions(_STEPS[start.flow])
        functions = {step: self._watched(step, do) for step, do in work.items()}
        self.machines.order = start.order
        name = f"{start.flow}-{self.runs}"
        self.world.listeners.append(self._count)
        one = self.machines.run(start.flow, functions, name, dict(start.request))
        self.world.listeners.remove(self._count)
        assert self._strange == [], self.told(one)
        return one

    def cuts_of(self, start: Start) -> list[tuple[str, Moment, Run]]:
        """Return what each cut of one run would leave, and the run itself, as it ended."""
        cuts: dict[object, tuple[str, Moment]] = {}

        def keep(what: str) -> None:
            cuts.setdefault(signature(self.world), (what, self.world.moment()))

        self.world.listeners.append(keep)
        one = self.start(start)
        self.world.listeners.remove(keep)
        return [(what, moment, one) for what, moment in cuts.values()]

    def told(self, one: Run) -> str:
        """Return the story for whoever must understand a failure."""
        ended = f"{one.status} {one.error}: {one.cause}"
        return "\n".join([*self.story, *self._strange, ended, f"{self.world.summary()}"])

    def from_everywhere(
        self,
        starts: Sequence[Start],
        check: Callable[[Run], None],
        changes: Sequence[Callable[[World], None]] = (),
    ) -> int:
        """Start again from every state that interruptions can leave; return how many there were.

        Runs are cut, and workers die, once or for good, which may end in an undo. ``changes`` are
        what may befall the world between two runs.
        """
        seen = {signature(self.world)}
        left = deque([(self.world.moment(), ["at the beginning"])])

        def keep(what: str) -> None:
            state = signature(self.world)
            if state not in seen:
                seen.add(state)
                left.append((self.world.moment(), [*self.story, f"cut after {what}"]))

        self.world.listeners.append(keep)
        self._deaths(starts[0], check)
        while left:
            moment, told = left.popleft()
            for change in (nothing, *changes):
                for start in starts if change is nothing else starts[:1]:
                    self.world.recall(moment)
                    self.world.now += LEASE_SECONDS
                    self.story = [*told, f"then {change.__name__}, then {start}"]
                    change(self.world)
                    check(self.start(start))
        self.world.listeners.remove(keep)
        return len(seen)

    def _deaths(self, start: Start, check: Callable[[Run], None]) -> None:
        """Let the worker die at each moment of a run."""
        first = self.world.moment()
        self.start(start)
        for moment in range(1, self._done + 1):
            for for_good in (False, True):
                self.world.recall(first)
                how = "for good" if for_good else "once"
                self.story = [f"{start}: a worker died after {moment} changes, {how}"]
                one = self.start(start, dies_at=moment, for_good=for_good)
                if not for_good:
                    check(one)
        self.world.recall(first)

    def _watched(self, name: str, work: StepFunction) -> StepFunction:
        def step(event: Event) -> object:
            if name == self._dead:
                raise WorkerDiedError
            try:
                return work(event)
            except LandbridgeError:
                raise
            except _CutError:
                self._dead = name if self._death[1] else ""
                raise WorkerDiedError from None
            except Exception as error:
                self._strange.append(f"{name}: {type(error).__name__}: {error}")
                raise

        return step

    def _count(self, _what: str) -> None:
        self._done += 1
        if self._done == self._death[0]:
            raise _CutError


class _CutError(BaseException):
    """A worker is gone: no step's own code can do anything about it."""


def restarted_aws(world: World) -> None:
    """Let AWS's database crash and its pod start again, where its guard lets it."""
    if world.eks_up:
        world.aws.stop(clean=False)
        world.settle()


def restarted_azure(world: World) -> None:
    """Let Azure's database crash and its pod start again, where its guard lets it."""
    world.azure.stop(clean=False)
    world.settle()


def nothing(_world: World) -> None:
    """Let nothing happen."""


def signature(world: World) -> tuple[object, ...]:
    """Return what a run can see of the world, without who did it and how much was written."""
    gate = world.aks.gate
    aws, azure = world.aws, world.azure
    epochs = [gate.epoch, aws.epoch, azure.epoch]
    ranks = tuple(sorted(set(epochs)).index(epoch) for epoch in epochs)
    fork = common_fork(aws.history, azure.history)
    parted = fork.lsn if fork is not None else -1
    # Where they stand to each other: on one timeline who is ahead, else who left the fork.
    if parted is None:
        standing = (_order(aws.position, azure.position),)
    else:
        standing = (aws.position > parted, azure.position > parted)
    return (
        gate.state,
        gate.active_site,
        ranks,
        standing,
        *((*_data(one.database), *_pods(one)) for one in (world.eks, world.aks.kubernetes)),
        world.aks.desired,
        world.eks_up,
    )


def _order(one: int, other: int) -> int:
    return (one > other) - (one < other)


def _data(database: Any) -> tuple[object, ...]:
    return (
        database.up,
        database.clean,
        database.in_recovery,
        database.streams,
        database.read_only,
        database.synchronous_standby_names,
        tuple(
            sorted(
                (name, new)
                for name, new in database.pending.items()
                if new != getattr(database, name)
            )
        ),
        database.replay_paused,
        database.replay_stuck_at is None,
        tuple(sorted(database.slots)),
        bool(database.exported),
    )


def _pods(kubernetes: Any) -> tuple[object, ...]:
    job = kubernetes.job
    return (
        kubernetes.replicas,
        kubernetes.database_replicas,
        kubernetes.stopping,
        job and (job.state, job.discard),
    )
