"""Rule 4: what leaves AWS serving starts no failover, and DNS never leaves an AWS that serves."""

import math
from collections.abc import Iterator

from lab.judgement.evidence import Evidence, FaultSeen, RunSeen
from lab.judgement.finding import Finding, Rule, unjudged

__all__ = ["judge_quiet"]

# What somebody asked for needs no outage.
_ASKED = frozenset({"manual", "gameday"})


def judge_quiet(evidence: Evidence) -> Iterator[Finding]:
    """Look for failovers without an outage, and for answers that left AWS without a failover."""
    if evidence.runs is None:
        yield unjudged(Rule.QUIET, "the machines' executions could not be asked for")
    else:
        for run in evidence.runs:
            if run.flow == "failover" and run.acted and not _has_cause(run, evidence):
                sentence = f"run {run.name} left an AWS that served: no outage was on"
                yield Finding(Rule.QUIET, True, sentence, _on(run.started_at, evidence))
    if not evidence.dns or evidence.dns[0].at > evidence.began_at:
        yield unjudged(Rule.QUIET, "what DNS answered from the beginning on is not known")
    elif evidence.runs is not None:
        yield from _judge_dns(evidence)


def _has_cause(run: RunSeen, evidence: Evidence) -> bool:
    return run.trigger in _ASKED or any(
        fault.effect == "outage"
        and fault.began_at <= run.started_at <= _over_at(fault, evidence) + evidence.settle_seconds
        for fault in evidence.faults
    )


def _over_at(fault: FaultSeen, evidence: Evidence) -> float:
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
                said = f"DNS went from aws to {seen.site} at {seen.at:.3f} and no failover was on"
                health = _health_at(seen.at, evidence)
                sentence = f"{said}; the checkers had AWS as {health}"
                yield Finding(Rule.QUIET, True, sentence, _on(seen.at, evidence))


def _away(evidence: Evidence) -> list[tuple[float, float]]:
    """Return the times in which DNS may leave AWS: from a failover's begin to the way home.

    One that was undone allows it while it lasted; one that was not, until AWS was admitted again,
    in an epoch that the serving database knows: until then Azure serves, and where its checkers
    miss it for a moment Route 53 answers PRIMARY and comes back.
    """
    runs = evidence.runs or ()
    written = {row.run: row.written_at for row in evidence.lineage or ()}
    homes = [
        # The database's clock may be skewed: it was while the run was on, whatever that says.
        min(max(written[one.name], one.started_at), _end(one.ended_at))
        for one in runs
        if one.flow == "failback" and one.name in written
    ]
    away = []
    for run in runs:
        if run.flow == "failover" and run.acted:
            home = min((at for at in homes if at > run.started_at), default=math.inf)
            away.append((run.started_at, _end(run.ended_at) if run.point == "undone" else home))
    return away


def _health_at(at: float, evidence: Evidence) -> str:
    if evidence.health is None:
        return "unknown"
    seen = [one.healthy for one in evidence.health if one.at <= at]
    return "unknown" if not seen else "healthy" if seen[-1] else "unhealthy"
