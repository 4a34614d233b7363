"""How much of the users' outage was the orchestrator's own: RTO less what nobody can avoid.

The longest chain of waits that no orchestrator can avoid, in the order in which they must follow
each other, each as this run lived it:

detection
    From the first failed write until the alarm's event was emitted: health checkers that look every
    so often, their threshold, and the alarm. Where no alarm started the run (a person, a schedule):
    until the run started.
promotion, or pods
    The longer of the two, since they can go on at the same time. Promotion: from asking PostgreSQL
    to promote until it had left recovery. Pods: the time that pods themselves took, from asking for
    them until they were ready, less the time that they stood waiting for the database, which is
    the orchestrator's order of things and no property of pods. Where it was not seen when they
    began to wait, what is set as their start-up time counts.
readiness check
    From pods ready until the zone answered Azure, but no more than one interval of the health
    checks: a checker that looks once per interval cannot know sooner.
TTL
    From the zone's first answer of Azure until the first write that Azure acknowledged, but no more
    than the TTL: users may hold the old answer for so long.

Each is at most what really passed between two moments of this run, and the four stretches do not
overlap, so a setting can never excuse more time than was lost. (A zone that was seen to answer
Azure only after a user had been there answered by then.) What is left over is the
orchestration: starting the run, votes, lock, gate, smoke checks, polling, handing over. Where a
moment is not known, neither is the orchestration; it is never taken for zero.
"""

from dataclasses import dataclass

from lab.report.model import Instants, RunRecord

__all__ = ["CriticalPath", "Phases", "Wait", "critical_path", "phases"]


_DETECTORS = {
    "alarm": "checkers, their threshold and the alarm",
    "watchdog": "its minutes, and how long it waits for an alarm",
    "timer": "checkers, their threshold and Azure's own looks",
}


@dataclass(frozen=True)
class Phases:
    """The report's ``seconds``; None where one of a phase's two moments is not known."""

    detection: float | None
    promotion: float | None
    writable: float | None
    pods_ready: float | None
    dns: float | None
    orchestration: float | None
    rto: float | None


@dataclass(frozen=True)
class Wait:
    """One link of the chain, and what it is."""

    name: str
    seconds: float
    why: str


@dataclass(frozen=True)
class CriticalPath:
    """The chain, and what of the RTO is not in it: together they are the RTO."""

    waits: tuple[Wait, ...]
    orchestration_seconds: float
    rto_seconds: float


def _between(start: float | None, end: float | None) -> float | None:
    """Return the time from one moment to another, 0.0 where the second came first."""
    if start is None or end is None:
        return None
    return max(0.0, end - start)


def _detection(run: RunRecord) -> float | None:
    alarm, started = run.instants.alarm_emitted, run.instants.run_started
    return _between(run.verdict.first_failed_at, started if alarm is None else alarm)


def _pods_own(moments: Instants, pod_start_seconds: float) -> float | None:
    whole = _between(moments.pods_requested, moments.pods_ready)
    if whole is None:
        return None
    if moments.pods_waiting is None:
        return min(whole, pod_start_seconds)
    waited = _between(moments.pods_waiting, moments.writable_verified) or 0.0
    return max(0.0, whole - waited)


def _chain(run: RunRecord) -> tuple[Wait, ...] | None:
    moments, settings, acknowledged = run.instants, run.settings, run.verdict.first_new_site_at
    zone = moments.zone_answered_azure
    if zone is not None and acknowledged is not None:
        zone = min(zone, acknowledged)
    detection = _detection(run)
    promotion = _between(moments.promotion_began, moments.promotion_ended)
    pods = _pods_own(moments, settings.pod_start_seconds)
    looking = _between(moments.pods_ready, zone)
    holding = _between(zone, acknowledged)
    if detection is None or promotion is None or pods is None or looking is None or holding is None:
        return None
    longer = ("pods", pods) if pods > promotion else ("promotion", promotion)
    return (
        Wait("detection", detection, _DETECTORS.get(run.trigger, "until the run was started")),
        Wait(*longer, f"the longer of promotion {promotion:.2f} s and pods {pods:.2f} s"),
        Wait(
            "readiness check",
            min(looking, settings.health_interval_seconds),
            f"one look of the checkers, every {settings.health_interval_seconds:g} s",
        ),
        Wait(
            "TTL",
            min(holding, settings.ttl_seconds),
            f"users may hold the old answer for {settings.ttl_seconds:g} s",
        ),
    )


def critical_path(run: RunRecord) -> CriticalPath | None:
    """Return the chain and the rest; None where the users' outage or a moment is not known."""
    rto = run.verdict.rto_seconds
    if rto is not None and run.verdict.first_failed_at is None:
        return CriticalPath((), 0.0, rto)  # no write failed: there is nothing to account for
    waits = _chain(run)
    if rto is None or waits is None:
        return None
    unavoidable = sum(wait.seconds for wait in waits)
    return CriticalPath(waits, max(0.0, rto - unavoidable), rto)


def phases(run: RunRecord) -> Phases:
    """Return the length of each phase. ``pods_ready`` counts from asking for the pods."""
    moments = run.instants
    path = critical_path(run)
    return Phases(
        detection=_detection(run),
        promotion=_between(moments.promotion_began, moments.promotion_ended),
        writable=_between(moments.promotion_ended, moments.writable_verified),
        pods_ready=_between(moments.pods_requested, moments.pods_ready),
        dns=_between(moments.gate_opened, moments.zone_answered_azure),
        orchestration=None if path is None else path.orchestration_seconds,
        rto=run.verdict.rto_seconds,
    )
