"""Whether a rehearsal may begin, what production was before and after it, and what it left."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

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
    for site in before.sites:
        if site.reason:
            yield f"{site.site}: {site.reason}"
        elif site.in_recovery is not (site.site == "azure"):
            yield f"{site.site}'s database is {'a standby' if site.in_recovery else 'a primary'}"


def differences(before: Production, after: Production) -> Iterator[str]:
    """Yield what is not as it was; unknown is a difference, for nobody can say that it is not."""
    if dict(before.gate) != dict(after.gate):
        yield f"gate: {_gate(before)}, then {_gate(after)}"
    if before.dns != after.dns:
        yield f"DNS: {before.dns}, then {after.dns}"
    for was, now in zip(before.sites, after.sites, strict=True):
        if now.reason:
            yield f"{now.site}: {now.reason}"
            continue
        for name in ("in_recovery", "timeline", "epoch", "slots", "standbys"):
            old, new = getattr(was, name), getattr(now, name)
            if old != new:
                yield f"{now.site}: {name} {_words(old)}, then {_words(new)}"
    if after.order_known:
        yield "the smoke check's order is known to the site that serves"


def leaks(after: Production, look: RehearsalLook | None, where: str) -> Iterator[Leak]:
    """Yield what is left; ``where`` is ``namespace/job``, ``look`` None where nobody answered."""
    namespace, _, job = where.partition("/")
    if look is None:
        remedy = f"kubectl -n {namespace} delete job {job}"
        yield Leak(f"unknown: whether Job {where} is gone", remedy)
    elif look.job_run or look.job != "absent":
        remedy = f"kubectl -n {namespace} delete job {job}"
        yield Leak(f"Job {where} ({look.job.value})", remedy)
    for pod in look.pods if look else ():
        remedy = f"kubectl -n {namespace} delete pod {pod}"
        yield Leak(f"Pod {namespace}/{pod}", remedy)
    for site in after.sites:
        for one in site.rehearsals:
            pid = one.partition(" ")[0]
            yield Leak(
                f"{site.site}'s connection {one}", f"there: SELECT pg_terminate_backend({pid})"
            )


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
