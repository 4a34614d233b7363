"""The judge: every rule over one drill's evidence. It knows nothing of how landbridge works."""

from lab.judgement.evidence import Evidence
from lab.judgement.finding import Finding
from lab.judgement.loss import judge_loss
from lab.judgement.quiet import judge_quiet
from lab.judgement.runs import judge_runs
from lab.judgement.split_brain import judge_split_brain
from lab.judgement.takeovers import judge_takeovers
from lab.judgement.whole import judge_whole

__all__ = ["judge"]

_RULES = (judge_loss, judge_split_brain, judge_runs, judge_quiet, judge_takeovers, judge_whole)


def judge(evidence: Evidence) -> tuple[Finding, ...]:
    """Return what was found, by rule. A drill passed where nothing of it is grave."""
    return tuple(finding for rule in _RULES for finding in rule(evidence))
