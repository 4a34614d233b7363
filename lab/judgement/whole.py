"""Rule 6: in the end one site serves, the other is its standby, and everything agrees on it."""

from collections.abc import Iterator

from lab.judgement.evidence import Evidence
from lab.judgement.finding import Finding, Rule, listed, unjudged
from lab.judgement.world import SITES, DatabaseSeen, World, other_site

__all__ = ["is_whole", "judge_whole"]

# The gate's state while a site serves.
_GATE = {"aws": "closed", "azure": "open"}


def judge_whole(evidence: Evidence) -> Iterator[Finding]:
    """Look at the world at the end, and compare the databases row by row."""
    for reason in is_whole(evidence.world):
        yield Finding(Rule.WHOLE, True, reason)
    ids = {site: evidence.present.get(site) for site in SITES}
    unknown = [site for site, known in ids.items() if known is None]
    if unknown:
        who = " and ".join(unknown)
        yield unjudged(Rule.WHOLE, f"the orders of {who} could not be read")
    for site in SITES:
        mine, others = ids[site], ids[other_site(site)]
        if mine is not None and others is not None and mine - others:
            alone = mine - others
            sentence = f"{len(alone)} orders are in {site}'s database alone: {listed(alone)}"
            yield Finding(Rule.WHOLE, True, sentence, tuple(sorted(alone)))


def is_whole(world: World) -> tuple[str, ...]:
    """Return why the world is not whole; nothing where it is. What could not be seen is a reason.

    The databases' digests are read one after the other: where users write they may differ for a
    look, so poll.
    """
    return (*_unseen(world), *_databases(world), *_surroundings(world))


def _unseen(world: World) -> Iterator[str]:
    seen: dict[str, object] = {
        **{f"{site}'s database": world.databases.get(site) for site in SITES},
        **{f"{site}'s pods": world.pods.get(site) for site in SITES},
        "the gate": world.gate,
        "the run lock": world.lock,
        "DNS": world.dns,
    }
    for what, found in seen.items():
        if found is None:
            yield f"{what} could not be seen: {world.unseen.get(what, 'nobody looked')}"


def _databases(world: World) -> Iterator[str]:
    known = {site: one for site in SITES if (one := world.databases.get(site)) is not None}
    writing = [site for site, one in known.items() if one.takes_writes]
    if len(writing) > 1:
        yield "both databases take writes"
    elif not writing and len(known) == len(SITES):
        yield "no database takes writes: " + ", ".join(
            f"{site}'s is {'a standby' if one.in_recovery else 'a read-only primary'}"
            for site, one in known.items()
        )
    if len(writing) == 1:
        (site,) = writing
        yield from _standby(world, site, known[site], known.get(other_site(site)))


def _standby(
    world: World, site: str, primary: DatabaseSeen, other: DatabaseSeen | None
) -> Iterator[str]:
    name = other_site(site)
    wanted = "sync" if world.replication == "sync" else "async"
    streaming = [one for one in primary.standbys if one.state == "streaming"]
    if [one.name for one in streaming] != [name]:
        names = ", ".join(one.name for one in streaming) or "nobody"
        yield f"{site}'s database has not {name} as its one streaming standby, but {names}"
    for one in streaming:
        if one.name == name and one.sync_state != wanted:
            yield f"{name}'s standby is {one.sync_state}, and shall be {wanted}"
        if one.name == name and one.slot != "reserved":
            slot = one.slot or "it has none"
            yield f"{name}'s standby has no slot that keeps its WAL: {slot}"
    if other is not None and not other.in_recovery:
        yield f"{name}'s database is no standby, but a read-only primary"
    if other is not None and (other.epoch, other.digest) != (primary.epoch, primary.digest):
        yield f"{name}'s database does not hold what {site}'s does"


def _surroundings(world: World) -> Iterator[str]:
    site = world.serving
    if site is None:
        return
    primary, gate = world.databases[site], world.gate
    if primary is not None and primary.epoch_site != site:
        yield f"{site} takes writes in epoch {primary.epoch}, which is {primary.epoch_site}'s"
    if gate is not None and (gate.state, gate.active_site) != (_GATE[site], site):
        yield f"the gate is {gate.state} for {gate.active_site}, and {site} takes writes"
    if gate is not None and primary is not None and gate.epoch < primary.epoch:
        yield f"the gate is of epoch {gate.epoch}, {site}'s database of epoch {primary.epoch}"
    if world.dns is not None and world.dns != site:
        yield f"DNS answers {world.dns}, and {site} takes writes"
    if world.lock is not None and world.lock.holder:
        yield f"the run lock is held by {world.lock.holder}"
    yield from _pods(world, site)


def _pods(world: World, site: str) -> Iterator[str]:
    serving, idle = world.pods.get(site), world.pods.get(other_site(site))
    if serving is not None and not 0 < serving.wanted == serving.ready == serving.there:
        said = f"{serving.ready} of {serving.wanted} pods ready, {serving.there} there"
        yield f"{site} serves with {said}"
    if idle is not None and (idle.wanted, idle.there) != (0, 0):
        name = other_site(site)
        yield f"{name} has {idle.there} pods and wants {idle.wanted}, and shall have none"
