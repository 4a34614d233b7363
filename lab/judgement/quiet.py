"""Rule 4: AWS is left for an outage of its own, or as asked: never for less, nor for Azure alone.

A fault that is ``stalled`` lets commits wait for Azure. A run may begin for it, and be refused even
after it engaged the gate; it may not move the workload, and DNS may not leave AWS.
"""

import math
from collections.abc import Iterator, Sequence

from lab.judgement.evidence import Evidence, FaultSeen, RunSeen
from lab.judgement.finding import Finding, Rule, unjudged

__all__ = ["judge_quiet", "over_at"]


def judge_quiet(evidence: Evidence) -> Iterator[Finding]:
    """Look for failovers without an outage, and for answers that left AWS without a failover."""
    if evidence.runs is None:
        yield unjudged(Rule.QUIET, "the machines' executions could not be asked for")
    else:
        caused = _caused(evidence)
        for run in _acted(evidence):
            if run not in caused and not _was_refused_in_a_stall(run, evidence):
                sentence = f"run {run.name} left AWS, and no outage was on"
                yield Finding(Rule.QUIET, True, sentence, _on(run.started_at, evidence))
    if not evidence.dns or evidence.dns[0].at > evidence.began_at:
        yield unjudged(Rule.QUIET, "what DNS answered from the beginning on is not known")
    elif evidence.runs is not None:
        yield from _judge_dns(evidence)


def _acted(evidence: Evidence) -> list[RunSeen]:
    every = (run for run in evidence.runs or () if run.flow == "failover" and run.acted)
    return sorted(every, key=lambda run: run.started_at)


def _caused(evidence: Evidence) -> list[RunSeen]:
    """Return the failovers that had a cause: a plan, an outage, or one before that is not over."""
    homes, caused = _homes(evidence), list[RunSeen]()
    for run in _acted(evidence):
        # Who goes on by hand with what had a cause has the same one. By hand alone is none.
        goes_on = run.trigger == "manual" and any(
            run.started_at <= _allowed_until(earlier, homes) for earlier in caused
        )
        if run.planned or run.trigger == "gameday" or goes_on or _in("outage", run, evidence):
            caused.append(run)
    return caused


def _in(effect: str, run: RunSeen, evidence: Evidence) -> bool:
    """Whether such a fault was on when the run began; for a person's run, or while it was on."""
    latest = _end(run.ended_at) if run.trigger == "manual" else run.started_at
    return any(
        fault.effect == effect
        and fault.began_at <= latest
        and run.started_at <= over_at(fault, evidence) + evidence.settle_seconds
        for fault in evidence.faults
    )


def _was_refused_in_a_stall(run: RunSeen, evidence: Evidence) -> bool:
    moved = any(row.run == run.name for row in evidence.lineage or ())
    return run.status != "SUCCEEDED" and not moved and _in("stalled", run, evidence)


def over_at(fault: FaultSeen, evidence: Evidence) -> float:
    """Return when users were served again: what the fault did may outlast it."""
    ended = _end(fault.ended_at)
    if evidence.history is None:
        return ended
    served = (
        write.ended
        for write in evidence.history.writes
        if write.site == "aws" and write.ended is not None and write.started > ended
    )
    return min(served, default=math.inf)


def _end(at: float | None) -> float:
    return math.inf if at is None else at


def _on(at: float, evidence: Evidence) -> tuple[str, ...]:
    """Return the faults that were on then, whatever they did."""
    return tuple(one.name for one in evidence.faults if one.began_at <= at <= _end(one.ended_at))


def _judge_dns(evidence: Evidence) -> Iterator[Finding]:
    away = _away(evidence)
    before = "aws"
    for seen in evidence.dns or ():
        left = before == "aws" and seen.site != "aws"
        before = seen.site
        if left and seen.at >= evidence.began_at:
            allowed = any(start <= seen.at <= end for start, end in away)
            if not allowed:
                said = f"DNS went from aws to {seen.site} at {seen.at:.3f}"
                health = _health_at(seen.at, evidence)
                why = f"no failover with a cause was on; the checkers had AWS as {health}"
                sentence = f"{said}, and {why}"
                yield Finding(Rule.QUIET, True, sentence, _on(seen.at, evidence))


def _away(evidence: Evidence) -> list[tuple[float, float]]:
    """Return the times in which DNS may leave AWS: from a failover's begin to the way home."""
    homes = _homes(evidence)
    return [(run.started_at, _allowed_until(run, homes)) for run in _caused(evidence)]


def _homes(evidence: Evidence) -> list[float]:
    """Return when AWS was admitted again, by the epochs that the serving database knows."""
    written = {row.run: row.written_at for row in evidence.lineage or ()}
    return [
        # The database's clock may be skewed: it was while the run was on, whatever that says.
        min(max(written[one.name], one.started_at), _end(one.ended_at))
        for one in evidence.runs or ()
        if one.flow == "failback" and one.name in written
    ]


def _allowed_until(run: RunSeen, homes: Sequence[float]) -> float:
    """Return until when DNS may be away from AWS because of that failover.

    One that was undone allows it while it lasted; one that was not, until AWS was admitted again:
    until then Azure serves, and where its checkers miss it for a moment Route 53 answers PRIMARY
    and comes back.
    """
    if run.point == "undone":
        return _end(run.ended_at)
    return min((at for at in homes if at > run.started_at), default=math.inf)


def _health_at(at: float, evidence: Evidence) -> str:
    if evidence.health is None:
        return "unknown"
    seen = [one.healthy for one in evidence.health if one.at <= at]
    return "unknown" if not seen else "healthy" if seen[-1] else "unhealthy"
