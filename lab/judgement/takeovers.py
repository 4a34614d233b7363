"""Rule 5: a takeover gets through with every call of AWS's APIs refused, and its record is kept.

A call was needed if it was answered: so the count of calls that AWS answered with anything but a
refusal, from the fault on, is to be nothing, and the run has to get to its end all the same (which
is the rule on runs). Calls that were refused are no finding, whoever made them: nothing that came
of them can have been needed.
"""

from collections.abc import Iterator

from lab.judgement.evidence import CONTROL_PLANE_DOWN, Evidence, FaultSeen, RunSeen
from lab.judgement.finding import Finding, Rule, listed, unjudged

__all__ = ["judge_takeovers"]


def judge_takeovers(evidence: Evidence) -> Iterator[Finding]:
    """Look at what AWS answered while it was to answer nothing, and for each takeover's record."""
    takeovers = [run for run in evidence.runs or () if run.executor == "azure"]
    if not takeovers:
        return
    away = [one for one in evidence.faults if one.kind == CONTROL_PLANE_DOWN]
    if evidence.calls is None:
        yield unjudged(Rule.TAKEOVER, "AWS could not be asked which calls it answered")
    else:
        answered = {
            f"{one.what} by {one.by}: {one.count}" for one in evidence.calls if one.answered
        }
        if answered:
            sentence = f"AWS answered calls that it was to refuse: {listed(answered)}"
            yield Finding(Rule.TAKEOVER, True, sentence, tuple(sorted(answered)))
    for run in takeovers:
        if run.acted and not any(_covers(fault, run) for fault in away):
            sentence = f"run {run.name} took over, and AWS's APIs did not refuse all the time"
            yield Finding(Rule.TAKEOVER, False, sentence)
        yield from _judge_record(run, away_still=any(one.ended_at is None for one in away))


def _covers(fault: FaultSeen, run: RunSeen) -> bool:
    if run.ended_at is None:
        return False
    over = fault.ended_at is not None and fault.ended_at < run.ended_at
    return fault.began_at <= run.started_at and not over


def _judge_record(run: RunSeen, *, away_still: bool) -> Iterator[Finding]:
    if run.outcome is None and not run.acted:
        return  # it found nothing to do, or never took the lock before it was killed
    for cloud in ("azure",) if away_still else ("azure", "aws"):
        match run.kept.get(cloud):
            case None:
                yield unjudged(Rule.TAKEOVER, f"run {run.name}: nobody saw {cloud}'s records")
            case False:
                sentence = f"run {run.name} left no record in {cloud}"
                yield Finding(Rule.TAKEOVER, True, sentence)
