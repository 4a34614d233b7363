"""Rule 2: never writes acknowledged by both sites in one epoch, nor by an older epoch's site later.

By three kinds of evidence that know nothing of each other: the users' ledger, the databases' own
epochs, and the servers' logs.
"""

from collections.abc import Iterator
from itertools import pairwise, product

from lab.judgement.acknowledgements import from_a_second_site
from lab.judgement.evidence import EpochSeen, Evidence
from lab.judgement.finding import Finding, Rule, listed, unjudged
from lab.judgement.server_logs import Taking, takings
from lab.judgement.world import SITES
from lab.users.ledger import Write

__all__ = ["judge_split_brain"]

# What a server that runs has said of itself at least once; that it lived then ("said") is no log.
_OWN_WORDS = frozenset({"started", "standby", "writable"})


def judge_split_brain(evidence: Evidence) -> Iterator[Finding]:
    """Look for two sites that took writes at a time."""
    acknowledged: tuple[Write, ...] | None = None
    if evidence.history is None:
        yield unjudged(Rule.SPLIT_BRAIN, "there is no ledger")
    else:
        acknowledged = tuple(one for one in evidence.history.writes if one.acknowledged)
        both = from_a_second_site(acknowledged)
        if both:
            yield _grave(f"two sites acknowledged in one epoch: {listed(both)}", both)
    yield from _by_epochs(evidence, acknowledged or ())
    yield from _by_rows(evidence, acknowledged or ())
    yield from _by_logs(evidence, acknowledged or ())


def _grave(sentence: str, details: tuple[str, ...] = ()) -> Finding:
    return Finding(Rule.SPLIT_BRAIN, True, sentence, details)


def _by_epochs(evidence: Evidence, acknowledged: tuple[Write, ...]) -> Iterator[Finding]:
    lineage = evidence.lineage
    if not lineage:
        yield unjudged(Rule.SPLIT_BRAIN, "no database could be asked for its epochs")
        return
    owners: dict[int, set[tuple[str, str]]] = {}
    for rows in evidence.epochs.values():
        for row in rows or ():
            owners.setdefault(row.epoch, set()).add((row.site, row.run))
    for epoch, claims in sorted(owners.items()):
        if len(claims) > 1:
            said = " and ".join(f"{site}'s (run {run})" for site, run in sorted(claims))
            yield _grave(f"epoch {epoch} is {said}")
    yield from _by_timelines(lineage)
    site_of = {row.epoch: row.site for row in lineage}
    wrong = [one for one in acknowledged if site_of.get(one.epoch or 0) != one.site]
    for epoch, site in sorted({(one.epoch or 0, str(one.site)) for one in wrong}):
        ids = tuple(one.id for one in wrong if (one.epoch or 0, one.site) == (epoch, site))
        owner = f"is {site_of[epoch]}'s" if epoch in site_of else "no database knows"
        yield _grave(f"{site} acknowledged {len(ids)} writes in epoch {epoch}, which {owner}", ids)


def _by_timelines(lineage: tuple[EpochSeen, ...]) -> Iterator[Finding]:
    for before, after in pairwise(sorted(lineage, key=lambda row: row.epoch)):
        if before.site != after.site and after.timeline <= before.timeline:
            yield _grave(
                f"epoch {after.epoch} ({after.site}) is of timeline {after.timeline}, which is not"
                f" newer than epoch {before.epoch}'s ({before.site}, {before.timeline})"
            )


def _by_rows(evidence: Evidence, acknowledged: tuple[Write, ...]) -> Iterator[Finding]:
    known = {one.id for one in acknowledged}
    for database in SITES:
        strays = evidence.strays.get(database)
        if strays is None:
            yield unjudged(Rule.SPLIT_BRAIN, f"{database}'s database could not be asked for rows")
            continue
        for site, epoch, owner in sorted({(one.site, one.epoch, one.owner) for one in strays}):
            ids = tuple(one.id for one in strays if (one.site, one.epoch) == (site, epoch))
            told = [one for one in ids if one in known]
            yield Finding(
                Rule.SPLIT_BRAIN,
                bool(told),
                f"{database}'s database has {len(ids)} orders of {site} in epoch {epoch}, which is"
                f" {owner}'s; {len(told)} of them were acknowledged",
                ids,
            )


def _by_logs(evidence: Evidence, acknowledged: tuple[Write, ...]) -> Iterator[Finding]:
    heard = {one.site for one in evidence.logs if one.what in _OWN_WORDS}
    silent = [site for site in SITES if site not in heard]
    if silent:
        yield unjudged(Rule.SPLIT_BRAIN, f"there is no PostgreSQL log of {' and '.join(silent)}")
        return
    aws, azure = (takings(site, evidence.logs) for site in SITES)
    for one, other in product(aws, azure):
        yield from _overlap(one, other, acknowledged)
    yield from _same_timeline(evidence)


def _overlap(one: Taking, other: Taking, acknowledged: tuple[Write, ...]) -> Iterator[Finding]:
    began = max(one.began, other.began)
    latest = min(one.latest_until, other.latest_until)
    # What was sent and acknowledged in it was committed in it.
    told = {
        taking.site: tuple(
            write.id
            for write in acknowledged
            if write.site == taking.site and began <= (write.sent or write.started) <= latest
        )
        for taking in (one, other)
    }
    both = all(told.values())
    seconds = min(one.surely_until, other.surely_until) - began
    if both or seconds > 0:
        counts = ", ".join(f"{site} acknowledged {len(ids)}" for site, ids in told.items())
        yield Finding(
            Rule.SPLIT_BRAIN,
            both,
            f"by their logs both sites took writes from {began:.3f} on, for {max(seconds, 0):.1f} s"
            f" at least: {counts}",
            (*told[one.site], *told[other.site]) if both else (),
        )


def _same_timeline(evidence: Evidence) -> Iterator[Finding]:
    selected = {
        site: {one.detail for one in evidence.logs if (one.site, one.what) == (site, "timeline")}
        for site in SITES
    }
    for timeline in sorted(selected["aws"] & selected["azure"]):
        sentence = f"both sites selected timeline {timeline} at a promotion"
        yield Finding(Rule.SPLIT_BRAIN, False, sentence)
