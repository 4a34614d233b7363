"""Rule 1: no acknowledged write is missing, but those in the reported loss, exactly."""

from collections.abc import Iterator

from lab.judgement.evidence import Evidence
from lab.judgement.finding import Finding, Rule, listed, unjudged

__all__ = ["judge_loss"]


def judge_loss(evidence: Evidence) -> Iterator[Finding]:
    """Look for each acknowledged write in the database that serves in the end."""
    if evidence.history is None:
        yield unjudged(Rule.LOSS, "there is no ledger")
        return
    acknowledged = frozenset(one.id for one in evidence.history.writes if one.acknowledged)
    if not acknowledged:
        yield unjudged(Rule.LOSS, "no write was acknowledged, so none can be missing")
    there = _there(evidence)
    if there is None:
        yield unjudged(Rule.LOSS, "the database that serves in the end could not be asked")
        return
    missing = acknowledged - there
    if evidence.replication != "async":
        if missing:
            yield _found("acknowledged and missing", missing)
        return
    if evidence.exported:
        yield from _asynchronous(evidence, there, missing)
    else:
        yield from _not_exported(evidence, missing)


def _there(evidence: Evidence) -> frozenset[str] | None:
    serving = evidence.world.serving
    if serving is not None:
        return evidence.present.get(serving)
    # Which one serves is not known: only what every database has is safe.
    known = list(evidence.present.values())
    if not known or any(ids is None for ids in known):
        return None
    return frozenset.intersection(*(ids for ids in known if ids is not None))


def _asynchronous(
    evidence: Evidence, there: frozenset[str], missing: frozenset[str]
) -> Iterator[Finding]:
    reported, lost = evidence.reported_loss, evidence.never_received
    if reported is None:
        yield unjudged(Rule.LOSS, "nobody knows which writes were reported as lost")
        reported = frozenset()
    if missing - reported:
        yield _found("acknowledged, missing and not reported as lost", missing - reported)
    if evidence.reported_loss is None:
        return
    if reported & there:
        yield _found("reported as lost and there", reported & there)
    if lost is None:
        yield unjudged(Rule.LOSS, "nobody asked the old primary what the standby never received")
        return
    if reported - lost:
        yield _found("reported as lost, which the old primary never had alone", reported - lost)
    if lost - reported:
        yield _found("committed by the old primary alone and not reported", lost - reported)


def _not_exported(evidence: Evidence, missing: frozenset[str]) -> Iterator[Finding]:
    """Judge by the old primary's own word alone: nobody has reported anything yet."""
    lost = evidence.never_received
    if lost is None:
        yield unjudged(Rule.LOSS, "nobody asked the old primary what the standby never received")
        return
    if missing - lost:
        yield _found("acknowledged and missing, which the standby had received", missing - lost)
    sentence = "nothing was exported, since AWS was not rebuilt: no report of the loss is judged"
    yield Finding(Rule.LOSS, False, sentence, tuple(sorted(lost)))


def _found(what: str, ids: frozenset[str]) -> Finding:
    sentence = f"{len(ids)} writes are {what}: {listed(ids)}"
    return Finding(Rule.LOSS, True, sentence, tuple(sorted(ids)))
