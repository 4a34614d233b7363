"""The judge's word on a drill: evidence gathered and judged, and what of it a report says."""

from lab.clouds import looking
from lab.clouds.clouds import Clouds
from lab.drill.collecting import collect
from lab.drill.evidence import Observed
from lab.drill.faults_seen import faults_seen
from lab.drill.options import DrillOptions
from lab.drill.world import seen
from lab.judgement.evidence import Evidence
from lab.judgement.finding import Finding, Rule
from lab.judgement.judge import judge

__all__ = ["found_in", "judged", "stays_in_azure", "told"]

# A drill that stays in Azure ends without a standby, as it was asked to.
_UNWHOLE_SECONDS = 0.0


def judged(
    clouds: Clouds, options: DrillOptions, observed: Observed
) -> tuple[Evidence, tuple[Finding, ...]]:
    """Return the evidence on the drill and what the judge found in it, grave or not."""
    gate = seen({}, "the gate", looking.gate, clouds)
    stays = stays_in_azure(options, gate["state"] if gate else None)
    more = {"whole_seconds": _UNWHOLE_SECONDS} if stays else {}
    evidence = collect(
        clouds,
        ledger=observed.ledger,
        began_at=observed.began_at,
        faults=faults_seen(options.faults, observed.events, options.lab.replication),
        runs=[run.name for run in observed.runs],
        never_received=observed.never_received,
        exported=not stays,
        **more,
    )
    return evidence, found_in(evidence, stays=stays)


def stays_in_azure(options: DrillOptions, gate: str | None) -> bool:
    """Whether the workload was moved and left in Azure; ``gate`` is its state, None: not seen.

    Where nothing was moved everything was repaired, whatever was asked for.
    """
    return not options.failback and gate == "open"


def found_in(evidence: Evidence, *, stays: bool) -> tuple[Finding, ...]:
    """Return what the judge finds; a drill that stays in Azure was not to end whole."""
    return tuple(one for one in judge(evidence) if not (stays and one.rule is Rule.WHOLE))


def told(findings: tuple[Finding, ...], *, grave: bool) -> tuple[str, ...]:
    """Return a sentence each: of those that a drill fails by, or of those to look at."""
    return tuple(
        f"{one.rule.value}: {one.sentence}"
        + (f" ({', '.join(one.details[:3])})" if one.details else "")
        for one in findings
        if one.grave is grave
    )
