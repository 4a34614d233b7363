"""The whole preflight: everything that was looked at, and what all checks make of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from landbridge.domain.drill_age import Drill, drill_check
from landbridge.domain.gate import initial_gate
from landbridge.domain.preflight import (
    certificates,
    clusters,
    database_access,
    database_parity,
    database_rights,
    database_roles,
    dns,
    gate_and_lock,
    other_half,
    replication,
    serving,
    wal,
    workload_parity,
)
from landbridge.domain.preflight.alarm import alarm_check
from landbridge.domain.preflight.beside_run import beside_run
from landbridge.domain.preflight.capacity import capacity_check
from landbridge.domain.preflight.check import Check
from landbridge.domain.preflight.cluster_facts import ClusterFacts
from landbridge.domain.preflight.database_facts import DatabaseFacts, pair_of, serving_site
from landbridge.domain.preflight.database_settings import settings_check
from landbridge.domain.preflight.takeover import takeover_checks
from landbridge.domain.preflight.triggers import Trigger, trigger_check
from landbridge.domain.settings import Settings
from landbridge.domain.version import VERSION
from landbridge.domain.votes import Ballot

__all__ = ["Looks", "report_of", "run_checks"]


@dataclass(frozen=True)
class Looks:
    """Everything that the preflight saw.

    ``ballots`` are a probe's of each site, ``looked_at`` is when the last look at AWS was kept,
    ``gate_host`` is the Function App's host, ``checkers`` what the zone says that Route 53's see;
    ``alarm_state`` is the health alarm's, None where there is none, ``triggers`` are what starts
    runs, ``drill`` is the last failover that worked.
    """

    aws: DatabaseFacts
    azure: DatabaseFacts
    eks: ClusterFacts
    half: other_half.OtherHalf
    dns: dns.DnsFacts
    certificates: tuple[certificates.Certificate, ...]
    ballots: Mapping[str, Ballot]
    gate_host: str
    checkers: Ballot | None = None
    looked_at: float | None = None
    look_reason: str = ""
    alarm_state: str | None = None
    alarm_reason: str = ""
    triggers: tuple[Trigger, ...] | None = None
    triggers_reason: str = ""
    drill: Drill | None = None
    drill_reason: str = ""


def run_checks(looks: Looks, settings: Settings, now: float) -> tuple[Check, ...]:
    """Return every check; ``now`` is epoch seconds."""
    run = gate_and_lock.running_run(looks.half.lock, looks.half.at)
    return tuple(beside_run(_every_check(looks, settings, now), run))


def _every_check(looks: Looks, settings: Settings, now: float) -> tuple[Check, ...]:
    pair, site = pair_of(looks.aws, looks.azure), serving_site(looks.aws.look, looks.azure.look)[0]
    wanted = _replication(settings)
    stopped = site == "azure" and looks.eks.database_wanted == 0
    standby = looks.half.cluster if pair.standby.site == "azure" else looks.eks
    volumes = [
        (looks.aws, looks.eks.volume_bytes),
        (looks.azure, looks.half.cluster.volume_bytes),
    ]
    return (
        serving.workload_check(looks.ballots[pair.primary.site], pair.primary.site),
        *serving.database_checks(looks.aws.look, looks.azure.look, aws_stopped=stopped),
        *replication.replication_checks(pair, wanted),
        *wal.wal_checks(pair, wanted),
        wal.disk_check(volumes),
        serving.last_look_check(pair, looks.looked_at, looks.look_reason, now),
        *database_rights.rights_checks(pair),
        *database_roles.role_checks(pair, wanted),
        *database_access.access_checks(pair, wanted),
        settings_check(pair, wanted),
        *database_parity.parity_checks(pair),
        *clusters.cluster_checks(looks.eks),
        *clusters.cluster_checks(looks.half.cluster, asked=looks.half.reachable),
        clusters.rehearsal_check(looks.half.cluster),
        *workload_parity.workload_checks(looks.eks, looks.half.cluster),
        capacity_check(standby, settings.deployment.replicas),
        *gate_and_lock.gate_checks(looks.half, looks.aws.look, looks.azure.look),
        *dns.dns_checks(looks.dns, settings.names, looks.gate_host, site),
        *certificates.certificate_checks(looks.certificates, now),
        certificates.password_check(pair.primary, now),
        alarm_check(settings.alarm_name, looks.alarm_state, looks.alarm_reason, site),
        trigger_check(looks.triggers, looks.triggers_reason),
        *other_half.half_checks(looks.half, VERSION),
        *takeover_checks(looks.half.takeover, looks.checkers, settings),
        *_drill_checks(looks, settings, now),
    )


def _drill_checks(looks: Looks, settings: Settings, now: float) -> list[Check]:
    limit_days = settings.budgets.drill_age_days
    if not limit_days:  # then nothing depends on it
        return []
    return [drill_check(looks.drill, looks.drill_reason, limit_days, now)]


def report_of(looks: Looks, settings: Settings, now: float) -> Mapping[str, Any]:
    """Return what is kept and answered, JSON-safe: the checks, and where the world stands.

    ``active`` is who takes writes: ``aws``, ``azure``, ``both``, ``none`` or ``unknown``; ``gate``
    is None where it could not be read. No digest of a Secret is in it.
    """
    site, why = serving_site(looks.aws.look, looks.azure.look)
    pair = pair_of(looks.aws, looks.azure)
    lag_bytes, lag_seconds = replication.lag_of(pair, _replication(settings))
    half = looks.half
    return {
        "at": now,
        "version": VERSION,
        "active": site,
        "active_reason": why,
        "gate": None if half.gate_reason else asdict(half.gate or initial_gate("")),
        "gate_reason": half.gate_reason,
        "run": gate_and_lock.running_run(half.lock, half.at),
        "lag_bytes": lag_bytes,
        "lag_seconds": lag_seconds,
        "dns": looks.dns.answer,
        "last_drill": asdict(looks.drill) if looks.drill else None,
        "checks": [asdict(check) for check in run_checks(looks, settings, now)],
    }


def _replication(settings: Settings) -> replication.Replication:
    return replication.Replication(
        synchronous=settings.synchronous,
        standby_name=settings.standby_name,
        rpo_seconds=settings.budgets.rpo_seconds,
        rpo_bytes=settings.budgets.rpo_bytes,
    )
