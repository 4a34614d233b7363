"""Rule 3: each run recovers, or is refused or fails by a name, at a safe point, with a command.

And none is missing: see ``lab.judgement.silence``.
"""

from collections.abc import Iterator

from lab.judgement.evidence import Evidence, RunSeen
from lab.judgement.finding import Finding, Rule, unjudged
from lab.judgement.silence import judge_silence

__all__ = ["judge_runs"]


def judge_runs(evidence: Evidence) -> Iterator[Finding]:
    """Look at the end of each execution, and for outages without one."""
    if evidence.runs is None:
        yield unjudged(Rule.RUNS, "the machines' executions could not be asked for")
        return
    lineage = evidence.lineage
    if lineage is None and any(run.outcome in {"refused", "failed"} for run in evidence.runs):
        yield unjudged(Rule.RUNS, "no database could say which runs let a site take writes")
    admitted = frozenset(row.run for row in lineage or ())
    for run in evidence.runs:
        yield from _judge(run, evidence, admitted)
    yield from judge_silence(evidence)


def _judge(run: RunSeen, evidence: Evidence, admitted: frozenset[str]) -> Iterator[Finding]:
    if run.ended_at is None:
        yield _grave(run, "has not ended")
        return
    seconds = run.ended_at - run.started_at
    if seconds > run.budget_seconds:
        yield _grave(run, f"took {seconds:.0f} s, its budget is {run.budget_seconds:g} s")
    if run.stopped_by:
        return  # it could say nothing any more: what another run made of it is judged by the world
    if run.status == "SUCCEEDED":
        if run.outcome not in {None, "recovered"}:
            yield _grave(run, f"succeeded, and its record says that it {run.outcome}")
        elif run.outcome is None and run.acted:
            yield Finding(Rule.RUNS, False, f"run {run.name} recovered and left no record")
        return
    yield from _judge_ending(run, evidence)
    yield from _judge_point(run, admitted)


def _judge_ending(run: RunSeen, evidence: Evidence) -> Iterator[Finding]:
    if run.outcome not in {"refused", "failed"}:
        what = "no record" if run.outcome is None else f"the record of one that {run.outcome}"
        yield _grave(run, f"ended {run.status} and left {what}")
    name = run.reason.partition(":")[0].strip()
    if name not in evidence.error_names:
        yield _grave(run, f"ended {run.status} for {name or 'no reason'}, which has no name")
    if not any(command in run.message for command in evidence.commands):
        yield _grave(run, f"ended {run.status} and says no command to go on with")


def _judge_point(run: RunSeen, admitted: frozenset[str]) -> Iterator[Finding]:
    match run.point:
        case "undone":
            # The serving database's own word: the run committed its epoch there.
            if run.name in admitted:
                yield _grave(run, "says that it changed nothing, and had let a site take writes")
        case "stopped":
            pass
        case "half":
            why = run.reason.partition("not undone:")[2].strip() or run.reason
            sentence = f"run {run.name} stopped half way, and says so: {why}"
            yield Finding(Rule.RUNS, False, sentence)
        case _:
            yield _grave(run, "ended where nobody knows whether it was safe")


def _grave(run: RunSeen, what: str) -> Finding:
    return Finding(Rule.RUNS, True, f"run {run.name} {what}", (run.reason,) if run.reason else ())
