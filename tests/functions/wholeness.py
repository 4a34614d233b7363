"""Is the world whole: one primary, gate, epoch, DNS and pods agree, and nothing is lost."""

from tests.functions.sites import Sites

__all__ = ["what_is_wrong"]


def what_is_wrong(world: Sites, site: str, lost: frozenset[str] = frozenset()) -> list[str]:
    """Return what is not as it shall be where ``site`` is the active one; ``lost`` may be missing.

    A dead run's lock counts as free: its lease runs out.
    """
    wrong = [*_serving(world, site), *_other(world, site)]
    assert world.users is not None
    missing = world.users.missing(world, site) - lost
    lock = world.aks.lock
    if missing:
        wrong.append(f"acknowledged and missing: {sorted(missing)}")
    if lock is not None and lock.holder and not lock.expired(world.now + lock.lease_seconds):
        wrong.append(f"{lock.holder} holds the lock for ever")
    return wrong


def _serving(world: Sites, site: str) -> list[str]:
    database, gate = world.database(site), world.aks.gate
    expected = {"aws": ("closed", "aws", "aws"), "azure": ("open", "azure", "azure")}[site]
    wrong = []
    if not database.takes_writes:
        wrong.append(f"{site}'s database takes no writes")
    if not world.serves(site):
        wrong.append(f"{site}'s pods serve nobody")
    if (gate.state.value, gate.active_site, world.dns) != expected:
        wrong.append(f"gate {gate}, DNS answers {world.dns}")
    if database.pending.get("read_only"):
        wrong.append(f"{site}'s database would come back read-only")
    # Only a run that was undone, or that changed no site, leaves a gate newer than the data.
    newer = gate.epoch > database.epoch and site == "azure"
    if newer or gate.epoch < database.epoch:
        wrong.append(f"the gate is in epoch {gate.epoch}, the data in {database.epoch}")
    return wrong


def _other(world: Sites, site: str) -> list[str]:
    database = world.database(site)
    other = database.peer
    assert other is not None
    waits = other.synchronous_standby_names and not database.streams
    wrong = []
    if world.reaches(other.site) and other.takes_writes and not waits:
        wrong.append(f"{other.site} would acknowledge writes too")
    if site == "aws":
        if world.aks.desired:
            wrong.append(f"{world.aks.desired} pods in Azure")
        if not other.streams:
            wrong.append("Azure is not AWS's standby")
        if database.synchronous_standby_names != ("azure" if world.synchronous else ""):
            wrong.append(f"AWS waits for {database.synchronous_standby_names!r}")
    return wrong
