"""Who is on call in a drill: follows the runs, and acts on how they end.

What to do next is decided in ``lab.drill.operator``; this does it, through the same starters that
``landbridge failover`` and ``landbridge failback`` use.
"""

import time
from collections.abc import Callable

from lab.clouds import looking
from lab.clouds.clouds import Clouds
from lab.drill.following import NoRunError, follow, wait_for_run
from lab.drill.operator import LOCK_HELD, Act, Seen, next_act
from lab.faults.asking import Asked
from lab.faults.fault import Effect
from lab.faults.schedule import Schedule
from lab.processes.waiting import wait_until
from landbridge.adapters.operations import FAILBACK, FAILOVER, Execution
from landbridge.domain.errors import LandbridgeError

__all__ = ["NO_RUN", "OnCall"]

NO_RUN = "NoRun"
MOST_RETURNS = 3
START_SECONDS = 30.0
LEASE_SECONDS = 3600.0  # the longest that the configuration allows


class OnCall:
    """One operator; ``runs`` are all that were followed, ``acts`` what was done by hand.

    ``told`` hears each sentence, ``seen`` each look at a run.
    """

    def __init__(
        self, clouds: Clouds, told: Callable[[str], None], seen: Callable[[Execution], None]
    ) -> None:
        self.runs: list[Execution] = []
        self.acts: list[Act] = []
        self._clouds = clouds
        self._before: set[str] = set()
        self._told = told
        self._seen = seen

    def out(self, schedule: Schedule, before: set[str], limit_seconds: float) -> str:
        """See the way out through; return the last run's error, empty where it succeeded."""
        self._before = before
        error = self._first(before, limit_seconds)
        while (act := next_act(self._look(error, schedule))) is not Act.NOTHING:
            self.acts.append(act)
            self._told(f"The operator {act.value}")
            if act is Act.REPAIR:
                schedule.repair(keep=self._is_outage)
            elif act is Act.REPAIR_ALL:
                schedule.repair()
            elif act is Act.WAIT:
                self._wait_for_lock()
            else:
                error = self._start(FAILOVER, accept_data_loss=act is Act.ACCEPT_LOSS)
        return error

    def home(self, schedule: Schedule) -> Execution | None:
        """Start the failback, and again after a repair; return its last run, None without one."""
        error = ""
        for turn in range(MOST_RETURNS):
            if turn:
                self._told("The operator has everything repaired, and starts the failback again")
                self.acts.append(Act.RESUME)
                schedule.repair()
            if error == LOCK_HELD:
                self._told(f"The operator {Act.WAIT.value}")
                self.acts.append(Act.WAIT)
                self._wait_for_lock()
            error = self._start(FAILBACK)
            if not error:
                break
        return next((run for run in reversed(self.runs) if run.name.startswith(FAILBACK)), None)

    def follow_others(self, before: set[str]) -> None:
        """Follow every run that began by itself meanwhile, an alarm's, to its end."""
        known = before | {run.name for run in self.runs}
        for flow in (FAILOVER, FAILBACK):
            for name in reversed(self._clouds.operations.executions(flow)):
                if name not in known:
                    self.see_through(name)

    def _wait_for_lock(self) -> None:
        wait_until(
            lambda: looking.lock_seconds(self._clouds) <= 0.0,
            "end of the run lock's lease",
            timeout_seconds=LEASE_SECONDS,
            poll_seconds=0.5,
        )

    def gate(self) -> str:
        """Return the gate's state, ``closed`` where nobody has written it yet."""
        return looking.gate(self._clouds)["state"]

    def _is_outage(self, one: Asked) -> bool:
        return one.effect(self._clouds.options.replication) is Effect.OUTAGE

    def _look(self, error: str, schedule: Schedule) -> Seen:
        gate = self.gate()
        return Seen(
            error=error,
            broken=any(not self._is_outage(one) for one in schedule.on),
            aws_lost=any(self._is_outage(one) for one in schedule.on),
            moved=gate == "open",
            stuck=gate == "engaged",
            acts=tuple(self.acts),
        )

    def _first(self, before: set[str], limit_seconds: float) -> str:
        try:
            name = wait_for_run(self._clouds, before, limit_seconds, self._names)
        except (NoRunError, LandbridgeError) as error:
            self._told(f"No run: {error}")
            return NO_RUN
        return self.see_through(name)

    def _names(self) -> list[str]:
        """Return the names of the runs that lead the way out, the newest first."""
        return self._clouds.operations.executions()

    def see_through(self, name: str) -> str:
        """Follow a run to its end; return its error, empty where it succeeded."""
        self._told(f"{name.partition('-')[0].title()}: run {name}")
        run = follow(self._clouds, name, self._seen)
        self.runs.append(run)
        return "" if run.status == "SUCCEEDED" else (run.error or run.status)

    def _start(self, flow: str, **options: bool) -> str:
        reason = {FAILOVER: "the drill's operator goes on", FAILBACK: "AWS is back"}[flow]
        event = {"trigger": "manual", "reason": reason, "occurred_at": time.time(), **options}
        try:
            answer = self._clouds.operations.start(event, flow)
            if not answer["started"]:
                # Another run is on: the operator follows that one, and then starts the own.
                self._told(f"Not started: {answer['reason']}")
                self.follow_others(self._before)
                answer = self._clouds.operations.start({**event, "occurred_at": time.time()}, flow)
        except LandbridgeError as error:
            self._told(f"Not started: {error}")
            return NO_RUN
        return self.see_through(answer["run"]) if answer["started"] else NO_RUN
