"""Rule 3's other half: what the alarm tells of an outage leads to a run, or to a refusal on record.

Only what could have been acted on is found: an outage that the checkers saw for long enough, with
an alarm whose event the starter could take. Who was kept from it is the failure modes' matter.
"""

from collections.abc import Iterator

from lab.judgement.evidence import Evidence, FaultSeen
from lab.judgement.finding import Finding, Rule, unjudged
from lab.judgement.quiet import over_at

__all__ = ["judge_silence"]


def judge_silence(evidence: Evidence) -> Iterator[Finding]:
    """Look for outages that the alarm told of, and that nothing came of."""
    for fault in evidence.faults:
        if fault.effect != "outage" or _led_to_a_run(fault, evidence):
            continue
        if evidence.health is None or evidence.alarms is None or evidence.refusals is None:
            why = f"no run began in {fault.name}, and what checkers and alarm told is not known"
            yield unjudged(Rule.RUNS, why)
            continue
        told = _told_at(fault, evidence)
        if told is not None and not _refused(told, evidence):
            sentence = f"an alarm at {told:.3f} told of {fault.name}: no run, and no refusal"
            yield Finding(Rule.RUNS, True, sentence)


def _led_to_a_run(fault: FaultSeen, evidence: Evidence) -> bool:
    until = over_at(fault, evidence) + evidence.settle_seconds
    return any(
        run.flow == "failover"
        and run.trigger != "manual"
        and fault.began_at <= run.started_at <= until
        for run in evidence.runs or ()
    )


def _told_at(fault: FaultSeen, evidence: Evidence) -> float | None:
    """Return when the first alarm went off that AWS's checkers bore out for long enough after."""
    over = over_at(fault, evidence)
    for began, ended in _unhealthy(evidence):
        start, end = max(began, fault.began_at), min(ended, over)
        for alarm in evidence.alarms or ():
            if alarm.startable and start <= alarm.at <= end - evidence.settle_seconds:
                return alarm.at
    return None


def _unhealthy(evidence: Evidence) -> Iterator[tuple[float, float]]:
    """Yield the times in which the checkers had AWS as not healthy, to the drill's end at most."""
    writes = evidence.history.writes if evidence.history else ()
    last = max((write.started for write in writes), default=evidence.began_at)
    began: float | None = None
    for seen in evidence.health or ():
        if not seen.healthy and began is None:
            began = seen.at
        elif seen.healthy and began is not None:
            yield began, seen.at
            began = None
    if began is not None:
        yield began, last


def _refused(told: float, evidence: Evidence) -> bool:
    # A starter whose clock is wrong puts it on record at a time that lies outside of the drill.
    return any(at >= told or at < evidence.began_at for at in evidence.refusals or ())
