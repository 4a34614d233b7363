"""A rehearsal's world behind the orchestrator's answers: one Job, one production, and faults."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from landbridge.adapters.polling import poll
from landbridge.domain.database_rebuild import JobState
from landbridge.domain.rehearsal import Begin, RehearsalLook, begin_act, removal_act
from landbridge.domain.rehearsal_record import rehearsal_record
from landbridge.domain.rehearsal_request import Wish, parse_rehearsal_request
from landbridge.domain.rehearsal_verdict import Production, SiteFacts

ORDER = "0b5a1b1e-0000-4000-8000-000000000001"
GATE = {"state": "closed", "active_site": "aws", "epoch": 3, "holder": "", "since": "then"}
CALM = Production(
    GATE,
    "aws",
    (
        SiteFacts("aws", "", False, 1, 3, ("azure",), ("azure streaming sync",)),
        SiteFacts("azure", "", True, 1, 3),
    ),
)
CLONE = (
    {"event": "cloned", "bytes": 1000, "seconds": 1.5},
    {"event": "promoted", "timeline": 2, "seconds": 0.3},
    {"event": "isolated", "port": 5432},
    {"event": "used", "by": ["orders as orders-azure"], "transactions": 3},
)
SMOKE = ({"event": "smoke", "order": ORDER, "ready_seconds": 2.0, "seconds": 2.5},)
NOTHING = RehearsalLook(JobState.ABSENT, where="orders/orders-rehearsal")


@dataclass
class RehearsedWorld:
    """Answers as the Lambda does; ``on`` are called with each request, before it is answered."""

    production: Production = CALM
    look: RehearsalLook = NOTHING
    clone: tuple[Any, ...] = CLONE
    smoke: tuple[Any, ...] = SMOKE
    removable: bool = True
    order_known: bool | None = False
    kept: list[Any] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    on: list[Callable[[str], None]] = field(default_factory=list)

    def rehearsal(self, action: str, **fields: object) -> dict[str, Any]:
        """Answer one request."""
        request = parse_rehearsal_request({"action": action, **fields})
        self.asked.append(action)
        for heard in self.on:
            heard(action)
        if request.wish is Wish.OBSERVE:
            known = self.order_known if request.order else None
            return asdict(replace(self.production, order_known=known))
        if request.wish is Wish.BEGIN:
            return {"left": self._begin(request.run).value}
        if request.wish is Wish.KEEP:
            self.kept.append(rehearsal_record(request.run, request.report))
            return {"kept": request.run}
        if request.wish is Wish.WATCH:
            return {"left": Begin.DONE.value}
        if request.wish in {Wish.REMOVE, Wish.CLEAN}:
            whose = request.run if request.wish is Wish.REMOVE else ""
            return {"left": self._remove(whose).value}
        return asdict(self.look)

    def _begin(self, run: str) -> Begin:
        act = begin_act(self.look, run)
        if act is Begin.CREATE:
            self.look = replace(
                self.look,
                job=JobState.RUNNING,
                job_run=run,
                pods=("orders-rehearsal-x",),
                watched_seconds=0.0,
                clone=self.clone,
                smoke=self.smoke,
            )
        return act

    def _remove(self, run: str) -> Begin:
        act = removal_act(self.look, run)
        if act is Begin.REMOVE and self.removable:
            self.look = replace(NOTHING, lock_holder=self.look.lock_holder)
        return act


def at(world: RehearsedWorld, action: str, nth: int, do: Callable[[], None]) -> None:
    """Let something happen when that action is asked for the ``nth`` time, from 1 on."""

    def heard(asked: str) -> None:
        if asked == action and world.asked.count(action) == nth:
            do()

    world.on.append(heard)


def hasty_poll(
    look: Callable[[], bool | None], seconds: float, *, interval_seconds: float
) -> bool | None:
    """Wait as ``poll`` does, without a pause, and give up soon."""
    return poll(look, min(seconds, 0.1), interval_seconds=0.0 * interval_seconds)
