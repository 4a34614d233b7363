"""Whether a rehearsal may begin, what production was before and after it, and what it left."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from landbridge.domain.database_rebuild import JobState
from landbridge.domain.errors import InvalidEventError
from landbridge.domain.rehearsal import Progress, RehearsalLook

__all__ = [
    "Leak",
    "Production",
    "SiteFacts",
    "Verdict",
    "differences",
    "leaks",
    "read_production",
    "refusals",
    "verdict",
]

_SITES = ("aws", "azure")


@dataclass(frozen=True)
class SiteFacts:
    """One site's database: ``standbys`` are ``name state sync``, as pg_stat_replication has them.

    ``slots`` are all slots, temporary ones too; ``rehearsals`` the connections by a rehearsal's
    name. ``reason`` says why the rest is unknown, empty where it is known.
    """

    site: str
    reason: str = ""
    in_recovery: bool | None = None
    timeline: int | None = None
    epoch: int | None = None
    slots: tuple[str, ...] = ()
    standbys: tuple[str, ...] = ()
    rehearsals: tuple[str, ...] = ()


@dataclass(frozen=True)
class Production:
    """Production's ledger at one moment: gate, DNS, both databases and the rehearsal's order.

    ``order_known``: whether the site that serves has the smoke check's order; None where nobody
    asked, or it did not say.
    """

    gate: Mapping[str, Any]
    dns: str
    sites: tuple[SiteFacts, ...]
    order_known: bool | None = None


@dataclass(frozen=True)
class Leak:
    """Something that a rehearsal left, by its name, and how a person removes it."""

    name: str
    remedy: str


@dataclass(frozen=True)
class Verdict:
    """How it ended: ``passed`` where all was shown, nothing is left and production is as it was."""

    passed: bool
    failed: str
    remedy: str
    leaks: tuple[Leak, ...]
    differences: tuple[str, ...]


def refusals(before: Production, look: RehearsalLook) -> Iterator[str]:
    """Yield why a rehearsal may not begin: only beside a calm production, with a true standby."""
    if look.lock_holder:
        yield f"{look.lock_holder} is on"
    if before.gate.get("state") != "closed":
        yield f"the gate is {before.gate.get('state')}: Azure is no standby"
    if before.dns != "aws":
        yield f"DNS does not answer AWS: {before.dns}"
    for site in before.sites:
        if site.reason:
            yield f"{site.site}: {site.reason}"
        elif site.in_recovery is not (site.site == "azure"):
            yield f"{site.site}'s database is {'a standby' if site.in_recovery else 'a primary'}"
        elif site.site == "aws" and not any(" streaming " in one for one in site.standbys):
            yield "no standby streams from aws"


def differences(before: Production, after: Production, order: str = "") -> Iterator[str]:
    """Yield what is not as it was; unknown is a difference, for nobody can say that it is not.

    A slot that is new is a leak. ``order`` is the smoke check's, empty where none was placed.
    """
    if dict(before.gate) != dict(after.gate):
        yield f"gate: {_gate(before)}, then {_gate(after)}"
    if before.dns != after.dns or after.dns not in _SITES:
        yield f"DNS: {before.dns}, then {after.dns}"
    for was, now in zip(before.sites, after.sites, strict=True):
        if now.reason:
            yield f"{now.site}: {now.reason}"
            continue
        for name in ("in_recovery", "timeline", "epoch", "standbys"):
            old, new = getattr(was, name), getattr(now, name)
            if old != new:
                yield f"{now.site}: {name} {_words(old)}, then {_words(new)}"
        if gone := sorted(set(was.slots) - set(now.slots)):
            yield f"{now.site}: slots {', '.join(gone)} have gone"
    if after.order_known:
        yield "the smoke check's order is known to the site that serves"
    elif order and after.order_known is None:
        yield "nobody could say whether the site that serves knows the smoke check's order"


def leaks(
    before: Production | None, after: Production, look: RehearsalLook | None
) -> Iterator[Leak]:
    """Yield what is left: Job, pods, disks, connections, slots.

    ``look`` is None where nobody answered; without ``before`` no slot is known to be new.
    """
    yield from _objects_left(look)
    slots = {site.site: set(site.slots) for site in (before.sites if before else ())}
    for site in after.sites:
        if site.reason:
            yield Leak(f"unknown: what is left at {site.site}: {site.reason}", "landbridge status")
        for one in site.rehearsals:
            pid = one.partition(" ")[0]
            yield Leak(
                f"{site.site}'s connection {one}", f"there: SELECT pg_terminate_backend({pid})"
            )
        for slot in sorted(set(site.slots) - slots.get(site.site, set(site.slots))):
            remedy = f"there, if it is nobody's: SELECT pg_drop_replication_slot('{slot}')"
            yield Leak(f"{site.site}'s slot {slot}, which is new", remedy)


def _objects_left(look: RehearsalLook | None) -> Iterator[Leak]:
    if look is None:
        yield Leak("unknown: whether its Job and pods are gone", "landbridge rehearse --clean")
        return
    namespace, _, job = look.where.partition("/")
    delete = f"kubectl -n {namespace} delete"
    if look.job is not JobState.ABSENT:
        yield Leak(f"Job {look.where} ({look.job.value})", f"{delete} job {job}")
    for pod in look.pods:
        yield Leak(f"Pod {namespace}/{pod}", f"{delete} pod {pod}")
    for claim in look.claims:
        yield Leak(f"PersistentVolumeClaim {namespace}/{claim}", f"{delete} pvc {claim}")


def verdict(progress: Progress, found: tuple[Leak, ...], changed: tuple[str, ...]) -> Verdict:
    """Return how the rehearsal ended."""
    passed = progress.done and not found and not changed
    failed = progress.failed or ("" if progress.done else f"it stopped at: {progress.sentence}")
    return Verdict(passed, failed, progress.remedy, found, changed)


def read_production(document: Mapping[str, Any]) -> Production:
    """Return the ledger that ``dataclasses.asdict`` made; raise InvalidEventError for none."""
    try:
        return Production(
            gate=dict(document["gate"]),
            dns=str(document["dns"]),
            sites=tuple(_site(site) for site in document["sites"]),
            order_known=document["order_known"],
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InvalidEventError(f"not production's ledger: {error!r}") from None


def _site(document: Mapping[str, Any]) -> SiteFacts:
    return SiteFacts(
        site=str(document["site"]),
        reason=str(document["reason"]),
        in_recovery=document["in_recovery"],
        timeline=document["timeline"],
        epoch=document["epoch"],
        slots=tuple(document["slots"]),
        standbys=tuple(document["standbys"]),
        rehearsals=tuple(document["rehearsals"]),
    )


def _gate(seen: Production) -> str:
    gate = seen.gate
    return f"{gate.get('state')} in epoch {gate.get('epoch')} since {gate.get('since')}"


def _words(value: object) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, tuple) else str(value)
