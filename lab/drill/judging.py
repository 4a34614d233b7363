"""The judge's word on a drill: evidence gathered, judged, and kept where something was found."""

from lab.clouds.clouds import Clouds
from lab.drill.collecting import collect
from lab.drill.evidence import Observed
from lab.drill.faults_seen import faults_seen
from lab.drill.options import DrillOptions
from lab.judgement.evidence import Evidence
from lab.judgement.finding import Finding, Rule, grave
from lab.judgement.judge import judge

__all__ = ["judged", "sentences"]

# A drill that stays in Azure ends without a standby, as it was asked to.
_UNWHOLE_SECONDS = 0.0


def judged(
    clouds: Clouds, options: DrillOptions, observed: Observed
) -> tuple[Evidence, tuple[Finding, ...]]:
    """Return the evidence on the drill and what the judge found in it, grave or not."""
    stays = not options.failback
    more = {"whole_seconds": _UNWHOLE_SECONDS} if stays else {}
    evidence = collect(
        clouds,
        ledger=observed.ledger,
        began_at=observed.began_at,
        faults=faults_seen(options.faults, observed.events, options.lab.replication),
        runs=[run.name for run in observed.runs],
        never_received=observed.never_received,
        reported_loss=observed.never_received if stays else None,
        **more,
    )
    found = judge(evidence)
    if stays:
        found = tuple(one for one in found if one.rule is not Rule.WHOLE)
    return evidence, found


def sentences(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """Return what a drill fails by, a sentence each."""
    return tuple(
        f"{one.rule.value}: {one.sentence}"
        + (f" ({', '.join(one.details[:3])})" if one.details else "")
        for one in grave(findings)
    )
