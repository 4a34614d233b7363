"""What happens in a drill: traffic, faults, the way out, the way home, and who is on call."""

import contextlib
import random
import time
from collections.abc import Callable
from typing import Protocol

from rich.console import RenderableType

from lab.clouds.clouds import Clouds
from lab.drill.azure_on_call import AzureOnCall
from lab.drill.evidence import Home, Observed, pods_waiting
from lab.drill.minutes import minutes, take_alarm_away
from lab.drill.old_primary import never_received
from lab.drill.on_call import OnCall
from lab.drill.options import DrillOptions, Trigger
from lab.drill.person import CommandError, PersonInAzure
from lab.drill.takeovers import takeover_names
from lab.drill.traffic import Traffic
from lab.faults.asking import Asked
from lab.faults.fault import Effect, Scene
from lab.faults.schedule import BEGAN, Schedule
from lab.processes.waiting import wait_until
from lab.sites.filling import fill
from landbridge.adapters.operations import Execution
from landbridge.adapters.run_table import steps_table

__all__ = ["Rehearsal", "Teller", "quiet_seconds", "rehearse"]

QUICK_DETECTION_SECONDS = 60.0
REAL_DETECTION_SECONDS = 300.0
# By CloudWatch's clock. The alarm judges each minute: a fault that starts a failover has done so
# within a few of them.
QUIET_SECONDS = 200.0
WRITES_AGAIN_SECONDS = 60.0
TTLS_AFTER = 3.2


class Teller(Protocol):
    """Whoever watches a drill."""

    def phase(self, sentence: str) -> None:
        """End the phase that is on and begin the next."""

    def detail(self, render: Callable[[], RenderableType | None]) -> None:
        """Show what ``render`` returns beneath the phases."""

    def watch_ledger(self, traffic: Traffic | None) -> None:
        """Show writes per second and who acknowledged them; None: no more."""


class Rehearsal:
    """One drill in a lab that is up; ``run`` plays it once."""

    def __init__(self, clouds: Clouds, options: DrillOptions, teller: Teller) -> None:
        self._clouds = clouds
        self._options = options
        self._teller = teller
        self._traffic = Traffic(
            clouds, clients=options.clients, rate=options.rate, seed=options.seed
        )
        self._shown: list[Execution] = []
        self._reconciled: tuple[str, ...] | None = None
        self._on_call = self._operator()
        # Seeded for the faults alone: the users' arrivals have a generator of their own.
        chance = random.Random(options.seed)  # noqa: S311 - a rehearsal's dice
        self._scene = Scene(clouds, self._traffic, chance)

    def _operator(self) -> OnCall:
        options, told = self._options, self._teller.phase
        if options.executor == "azure":
            by_hand = options.trigger is Trigger.HAND
            return AzureOnCall(self._clouds, told, self._show, by_hand=by_hand)
        return OnCall(self._clouds, told, self._show)

    def _show(self, run: Execution) -> None:
        self._shown[:] = [run]

    def run(self) -> Observed:
        """Play it; what is returned are the drill's own notes."""
        began_at = time.time()
        self._begin_traffic()
        before = self._known_runs()
        self._begin()
        out = Schedule(self._options.leg("out"), self._scene, self._teller.phase)
        home = Schedule(self._options.leg("home"), self._scene, self._teller.phase)
        with out:
            self._way_out(out, before)
            moved = self._on_call.gate() == "open"
            watched_until, waited = time.time(), None
            only_aws: frozenset[str] | None = None
            if moved:
                self._teller.phase(f"Azure serves; watching for {TTLS_AFTER:g} TTLs")
                self._watch_on("azure")
                watched_until, waited = time.time(), pods_waiting(self._clouds)
                only_aws = self._never_received()
            back = self._options.failback or not moved
            back_at = self._repair(out, back=back)
        returned = self._way_home(home) if moved and back else None
        home.repair()  # of a way that was not gone: its faults say that they never began
        self._finish(before, repaired=back and not _succeeded(returned))
        return Observed(
            began_at=began_at,
            fault_at=self._lost_at(out),
            watched_until=watched_until if returned else time.time(),
            ended_at=time.time(),
            runs=tuple(self._on_call.runs),
            acts=tuple(self._on_call.acts),
            events=(*out.events, *home.events),
            ledger=self._traffic.ledger,
            pods_waiting=waited,
            never_received=only_aws,
            home=Home(returned, back_at) if returned else None,
            gameday=self._ended_gameday(),
            reconciled=self._reconciled,
        )

    def _begin(self) -> None:
        """Do what comes before the faults."""
        if self._options.trigger is Trigger.WATCHDOG:
            self._teller.phase("The alarm is taken away")
            take_alarm_away(self._clouds)

    def _ended_gameday(self) -> Execution | None:
        """Return the GameDay that this was, as it ended."""
        return None

    def _begin_traffic(self) -> None:
        options, clouds = self._options, self._clouds
        if options.data_megabytes:
            self._teller.phase(f"Filling AWS's database with {options.data_megabytes} MB")
            fill(clouds.aws_database, options.data_megabytes)
        clouds.let_a_minute_pass()
        self._teller.phase("Users write")
        self._traffic.start()
        self._teller.watch_ledger(self._traffic)
        self._traffic.wait_for_writes("aws", int(options.rate * options.calm_seconds), 60.0)
        clouds.let_a_minute_pass()
        self._teller.detail(
            lambda: steps_table(self._shown[0], time.time()) if self._shown else None
        )

    def _way_out(self, schedule: Schedule, before: set[str]) -> None:
        if self._options.quiet:
            self._pass(quiet_seconds(self._options), "the end of a quiet watch")
            return
        real = self._options.lab.realtime
        limit = REAL_DETECTION_SECONDS if real else QUICK_DETECTION_SECONDS
        # With true clocks the emulator's own minutes are the cloud's.
        watchdog = self._options.trigger is Trigger.WATCHDOG and not real
        chance = random.Random(self._options.seed).random()  # noqa: S311 - a rehearsal's dice
        with minutes(self._clouds, chance) if watchdog else contextlib.nullcontext():
            self._on_call.out(schedule, before, limit)

    def _way_home(self, schedule: Schedule) -> Execution | None:
        self._clouds.warm_steps()
        with schedule:
            run = self._on_call.home(schedule)
            schedule.repair()
        if _succeeded(run):
            self._teller.phase("AWS serves again")
            self._watch_on("aws")
        return run

    def _finish(self, before: set[str], *, repaired: bool) -> None:
        self._on_call.follow_others(before)
        if repaired:
            self._wait_for_writes()
        self._traffic.stop()

    def _known_runs(self) -> set[str]:
        known = set(self._clouds.operations.executions())
        if self._options.executor == "azure":
            known |= set(takeover_names(self._clouds))
        return known

    def _repair(self, out: Schedule, *, back: bool) -> float:
        """End the way out's faults; return when AWS was back, for a drill that goes home.

        Records of what ran in Azure are brought home, as a person does when AWS answers again.
        """
        if back:
            self._teller.phase("AWS comes back")
            out.repair()
        elif self._options.executor == "azure":
            self._teller.phase("AWS's APIs come back; what is lost stays so")
            out.repair(keep=self._is_outage)
        back_at = time.time()
        if self._options.executor == "azure" and takeover_names(self._clouds):
            self._teller.phase("landbridge reconcile")
            self._reconciled = _reconciled(self._clouds)
        return back_at

    def _is_outage(self, one: Asked) -> bool:
        return one.effect(self._options.lab.replication) is Effect.OUTAGE

    def _never_received(self) -> frozenset[str] | None:
        """Ask the old primary before anything is rebuilt; in sync mode there can be nothing."""
        if self._options.lab.replication == "sync":
            return None
        self._teller.phase("Asking the old primary what Azure never received")
        return never_received(self._clouds)

    def _lost_at(self, schedule: Schedule) -> float:
        """Return when the first outage began; without one, when the first fault could."""
        outages = {str(one) for one in self._options.leg("out") if self._is_outage(one)}
        began = (one for one in schedule.events if one.what == BEGAN and one.fault in outages)
        return min((one.at for one in began), default=schedule.begun_at)

    def _wait_for_writes(self) -> None:
        """Let the users find whoever serves; where nobody does, that is for the judge to say."""
        site = "azure" if self._on_call.gate() == "open" else "aws"
        self._teller.phase(f"Waiting until {site} takes writes")
        with contextlib.suppress(TimeoutError):
            self._traffic.wait_for_writes(site, 1, WRITES_AGAIN_SECONDS + self._options.lab.ttl)

    def _watch_on(self, site: str) -> None:
        # What is waited for is users' writes over that long, not that the clock has moved.
        ttl = self._options.lab.ttl
        self._traffic.wait_for_writes(site, 1, 60.0 + ttl)
        self._pass(TTLS_AFTER * ttl, "the end of the watch")

    def _pass(self, seconds: float, what: str) -> None:
        until = time.monotonic() + seconds
        wait_until(lambda: time.monotonic() >= until, what, timeout_seconds=seconds + 10.0)


def _reconciled(clouds: Clouds) -> tuple[str, ...]:
    try:
        return PersonInAzure(clouds).reconcile()
    except CommandError as error:
        return (str(error),)


def _succeeded(run: Execution | None) -> bool:
    return run is not None and run.status == "SUCCEEDED"


def quiet_seconds(options: DrillOptions) -> float:
    """Return how long a drill is watched in which no failover may start, as long as it takes."""
    last = max(one.start_seconds + (one.seconds or 0.0) for one in options.faults)
    return last + QUIET_SECONDS * options.lab.time_scale


def rehearse(clouds: Clouds, options: DrillOptions, teller: Teller) -> Observed:
    """Play one drill in ``clouds``."""
    return Rehearsal(clouds, options, teller).run()
