"""A GameDay on its way: what comes next, by what each look sees.

It moves nothing itself. It asks the starters for a failover and a failback, each a run of its own
that ends at a safe point whatever happens, and looks on. So an abort never stops a run half way: it
lets the run end, and leads home from there.

A failover that is no switchover is started by a fault: the GameDay asks for none, and takes for its
own the one that begins once the notice is over.

A GameDay is no incident. Where AWS is to serve and its alarm goes off, or somebody else starts a
run, the GameDay stops leading, and the incident's run does. While Azure serves AWS is kept out, so
that the alarm on AWS says nothing, and the failover that it starts finds nothing to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from landbridge.domain.settings import Gameday

__all__ = [
    "Action",
    "Decision",
    "Leg",
    "Phase",
    "Seen",
    "decide_next",
    "wait_seconds",
]

_LONGEST_WAIT_SECONDS = 60
_ALARM, _OK = "ALARM", "OK"
_RUNNING, _SUCCEEDED = "RUNNING", "SUCCEEDED"
_FAILOVER = "failover-"
# What was just started may not be known yet: DescribeExecution is eventually consistent.
_ON = frozenset({_RUNNING, ""})


class Phase(StrEnum):
    """Where a GameDay is: announced, on the way out, Azure serving, on the way home."""

    ANNOUNCED = "announced"
    OUT = "out"
    SOAK = "soak"
    HOME = "home"


class Action(StrEnum):
    """What comes next.

    ``go_on`` is the next phase, ``adopt`` the same with a run that the fault started, ``home`` the
    way home now, ``end`` the report, ``hand_over`` the report after the incident's run was seen to.
    """

    WAIT = "wait"
    GO_ON = "go_on"
    ADOPT = "adopt"
    HOME = "home"
    END = "end"
    HAND_OVER = "hand_over"


@dataclass(frozen=True)
class Leg:
    """One run that was started: its name and Step Functions' word for how it stands, or empty.

    ``moved``: it moved the workload itself; one that found nothing to do arrives too.
    """

    name: str
    status: str
    moved: bool = True


@dataclass(frozen=True)
class Seen:
    """One look. ``in_phase_seconds`` is how long the phase has lasted.

    ``alarm`` is the state of the alarm on AWS, ``unknown`` where it could not be read;
    ``stop_alarms`` are those of the configured alarms that are in ALARM; ``others`` are the runs
    since the GameDay began that it did not start; ``aborted`` says who and why, empty: nobody.
    """

    in_phase_seconds: float
    alarm: str
    stop_alarms: tuple[str, ...] = ()
    others: tuple[Leg, ...] = ()
    leg: Leg | None = None
    aborted: str = ""


@dataclass(frozen=True)
class Decision:
    """What comes next and why; ``mark`` is why it ends otherwise than planned, or empty.

    ``mark`` is ``aborted`` (a person), ``stopped`` (a stop condition), ``incident`` or ``failed``;
    ``leg`` the run that is adopted.
    """

    action: Action
    reason: str
    mark: str = ""
    leg: str = ""


def wait_seconds(options: Gameday, in_phase_seconds: float) -> int:
    """Return how long to wait until the next look, in whole seconds: longer in a long phase.

    An execution's history has at most 25,000 events (Step Functions, "Quotas"): a rebuild of a day
    with a look each few seconds would not fit.
    """
    return min(_LONGEST_WAIT_SECONDS, options.look_seconds + int(in_phase_seconds / 60))


def decide_next(options: Gameday, phase: Phase, seen: Seen, *, planned: bool = True) -> Decision:
    """Decide what a GameDay in that phase does by one look; not ``planned``: a fault moves it."""
    if phase is Phase.ANNOUNCED:
        if not planned and seen.in_phase_seconds >= options.notice_seconds:
            return _awaited(options, seen)
        return _announced(options, seen)
    if phase is Phase.OUT:
        return _out(seen)
    if phase is Phase.SOAK:
        return _soak(options, seen)
    return _home(seen)


def _announced(options: Gameday, seen: Seen) -> Decision:
    """Nothing was moved: whatever is against it ends it."""
    incident = _leads(seen.others) or ("the alarm on AWS went off" if seen.alarm == _ALARM else "")
    if incident:
        return _incident(incident)
    stop = _stop(seen)
    if stop:
        return Decision(Action.END, *stop)
    if seen.in_phase_seconds < options.notice_seconds:
        return Decision(Action.WAIT, "the notice is not over")
    if seen.alarm != _OK:
        return Decision(Action.END, f"the alarm on AWS is {seen.alarm}", "stopped")
    return Decision(Action.GO_ON, "nothing is against it")


def _awaited(options: Gameday, seen: Seen) -> Decision:
    """Wait for the fault, which may be made now, and take the failover that begins."""
    out = [one for one in seen.others if one.name.startswith(_FAILOVER)]
    if out:
        return Decision(Action.ADOPT, f"{out[0].name} began", leg=out[0].name)
    if seen.others:
        return _incident(_leads(seen.others))
    stop = _stop(seen)
    if stop:
        return Decision(Action.END, *stop)
    if seen.in_phase_seconds < options.notice_seconds + options.ways_seconds:
        return Decision(Action.WAIT, "for the fault, and for the failover that it starts")
    if seen.alarm == _ALARM:
        return _incident("the alarm on AWS is on, and no failover began")
    said = f"no failover began within {options.ways_seconds} s; the alarm on AWS is {seen.alarm}"
    return Decision(Action.END, said, "failed")


def _out(seen: Seen) -> Decision:
    """Let it end: a run is undone before promotion or arrives, and is never stopped half way."""
    leg = seen.leg
    if leg is None or leg.status in _ON:
        return Decision(Action.WAIT, "the failover is on; it ends where it is safe")
    if leg.status == _SUCCEEDED and not leg.moved:
        # Whoever moved it did not for a rehearsal: it is not for a GameDay to bring it back.
        return _incident(f"{leg.name} found that Azure served already")
    if leg.status == _SUCCEEDED:
        return Decision(Action.GO_ON, "Azure serves")
    if seen.others or seen.alarm == _ALARM:
        return _incident(_leads(seen.others) or f"{leg.name} did not arrive, and AWS's alarm is on")
    return Decision(Action.END, f"{leg.name} did not arrive: {leg.status}", "failed")


def _soak(options: Gameday, seen: Seen) -> Decision:
    """Azure serves without a standby: each stop leads home, for that is the nearest safe state."""
    home = [one for one in seen.others if one.name.startswith("failback")]
    if home:
        return _incident(_leads(home))
    on = [one for one in seen.others if one.status == _RUNNING]
    if on:
        # By the late alarm on an AWS that is kept out. The way home would be refused beside it.
        return Decision(Action.WAIT, f"run {on[0].name} is on")
    if seen.in_phase_seconds < options.soak_seconds and not _stop(seen):
        return Decision(Action.WAIT, "Azure serves")
    return Decision(Action.HOME, *(_stop(seen) or ("Azure served for as long as it was to", "")))


def _home(seen: Seen) -> Decision:
    """Let it end: the way home is the way to the safe state already."""
    leg = seen.leg
    if leg is None or leg.status in _ON:
        return Decision(Action.WAIT, "the failback is on")
    if leg.status == _SUCCEEDED:
        # What was asked for on the way is told: the GameDay was not what it was to be.
        stop = _stop(seen)
        return Decision(Action.END, *(stop or ("AWS serves again", "")))
    if seen.others and seen.others[0].status == _RUNNING:
        return _incident(_leads(seen.others))
    return Decision(Action.END, f"{leg.name} did not arrive: {leg.status}", "failed")


def _leads(others: Sequence[Leg]) -> str:
    return f"run {others[0].name} leads" if others else ""


def _incident(reason: str) -> Decision:
    return Decision(Action.HAND_OVER, reason, "incident")


def _stop(seen: Seen) -> tuple[str, str] | None:
    if seen.aborted:
        return f"aborted: {seen.aborted}", "aborted"
    if seen.stop_alarms:
        return f"alarm {', '.join(seen.stop_alarms)}", "stopped"
    return None
