"""A whole GameDay in a lab of its own: announced, out, orders while Azure serves, home.

The GameDay's machine leads; nobody is on call. Where it is no switchover, the faults begin when its
notice is over, as people are asked to make them.
"""

import contextlib
import time
from typing import Any

from lab.clouds.clouds import Clouds
from lab.drill.evidence import Observed
from lab.drill.following import follow
from lab.drill.options import DrillOptions
from lab.drill.rehearsal import Rehearsal, Teller
from lab.faults.schedule import Schedule
from lab.processes.waiting import wait_until
from lab.report.model import GamedaySeen
from landbridge.adapters.operations import GAMEDAY, Execution
from landbridge.domain.errors import GamedayRefusedError, SiteUnknownError

__all__ = ["gameday_seen", "rehearse_gameday"]

PHASE_SECONDS = 300.0
LOOK_SECONDS = 0.25
_REASON = "a whole GameDay in the lab"


class _GamedayRehearsal(Rehearsal):
    """A drill whose ways are a GameDay's."""

    def __init__(self, clouds: Clouds, options: DrillOptions, teller: Teller) -> None:
        super().__init__(clouds, options, teller)
        self._gameday = ""
        self._last: Execution | None = None
        self._due_at = 0.0

    def _begin(self) -> None:
        """Start it, and let its notice go by."""
        event = {
            "trigger": "manual",
            "reason": _REASON,
            "occurred_at": time.time(),
            "planned": not self._options.faults,
        }
        answer = self._clouds.operations.start(event, GAMEDAY)
        if not answer["started"]:
            raise GamedayRefusedError(str(answer["reason"]))
        self._gameday = answer["run"]
        self._teller.phase(f"GameDay: {self._gameday}, preflight and notice")
        state = self._state_with("announcement")
        if state is None:
            ended = follow(self._clouds, self._gameday, self._show)
            raise GamedayRefusedError(ended.cause)
        self._due_at = state["announcement"]["at"] + state["plan"]["notice_seconds"]
        wait_until(
            lambda: time.time() >= self._due_at,
            "the end of the notice",
            timeout_seconds=PHASE_SECONDS,
            poll_seconds=LOOK_SECONDS,
        )

    def _way_out(self, _schedule: Schedule, _before: set[str]) -> None:
        self._leg("out_leg")

    def _way_home(self, schedule: Schedule) -> Execution | None:
        with schedule:
            run = self._leg("home_leg")
            schedule.repair()
        if run is not None and run.status == "SUCCEEDED":
            self._teller.phase("AWS serves again")
            self._watch_on("aws")
        return run

    def _finish(self, before: set[str], *, repaired: bool) -> None:
        self._teller.phase("The GameDay ends")
        self._last = follow(self._clouds, self._gameday, self._show)
        super()._finish(before, repaired=repaired)

    def _lost_at(self, schedule: Schedule) -> float:
        """Return when the way out was due, or when the fault began."""
        return super()._lost_at(schedule) if self._options.faults else self._due_at

    def _ended_gameday(self) -> Execution | None:
        return self._last

    def _leg(self, name: str) -> Execution | None:
        """Follow one of its runs to the end; None where it ended without."""
        state = self._state_with(name)
        if state is None:
            return None
        self._on_call.see_through(state[name]["run"])
        return self._on_call.runs[-1]

    def _state_with(self, name: str) -> dict[str, Any] | None:
        """Return its state once that is in it; None where it ended without."""
        found: list[dict[str, Any] | None] = []

        def there() -> bool:
            # AWS that does not answer says nothing of runs.
            with contextlib.suppress(SiteUnknownError):
                run = self._clouds.operations.execution(self._gameday)
                if name in run.state:
                    found.append(dict(run.state))
                elif run.status != "RUNNING":
                    found.append(None)
            return bool(found)

        wait_until(
            there,
            f"{name} of {self._gameday}",
            timeout_seconds=PHASE_SECONDS,
            poll_seconds=LOOK_SECONDS,
        )
        return found[0]


def rehearse_gameday(clouds: Clouds, options: DrillOptions, teller: Teller) -> Observed:
    """Play one GameDay in ``clouds``; raise GamedayRefusedError where it did not begin."""
    return _GamedayRehearsal(clouds, options, teller).run()


def gameday_seen(observed: Observed) -> GamedaySeen | None:
    """Return how the GameDay ended, as its own report has it; None where there was none."""
    run = observed.gameday
    if run is None:
        return None
    report = run.state.get("report", {})
    mark = str(report.get("mark", run.status.lower()))
    return GamedaySeen(run.name, mark, str(report.get("reason") or run.cause or run.error))
