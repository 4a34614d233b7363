"""Everything that the preflight looks at, at the same time; what cannot be seen is a reason."""

import secrets
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from landbridge.adapters.certificates import https_certificate, postgres_certificate
from landbridge.adapters.cluster_facts import Questions, cluster_facts
from landbridge.adapters.database_facts import database_facts
from landbridge.adapters.eks import EksApi
from landbridge.adapters.function_app import FunctionApp
from landbridge.adapters.health_alarm import read_alarm_state
from landbridge.adapters.http_probe import probe
from landbridge.adapters.route53 import read_route53
from landbridge.adapters.runs import last_look_at, recent_records
from landbridge.adapters.zone import site_answering
from landbridge.domain.database import unreachable
from landbridge.domain.drill_age import RECENT_RUNS, Drill, last_drill, why_drill_is_unknown
from landbridge.domain.errors import LandbridgeError, SiteUnknownError
from landbridge.domain.preflight.certificates import Certificate
from landbridge.domain.preflight.cluster_facts import ClusterFacts, unreachable_cluster
from landbridge.domain.preflight.clusters import permissions
from landbridge.domain.preflight.database_facts import DatabaseFacts
from landbridge.domain.preflight.dns import DnsFacts
from landbridge.domain.preflight.other_half import OtherHalf, read_half, unreachable_half
from landbridge.domain.preflight.preflight import Looks
from landbridge.domain.settings import Database, Settings
from landbridge.domain.votes import Ballot, ballot_of_probe

__all__ = ["take_looks"]

_AT_ONCE = 15
_SECONDS = 5.0  # one request to a cluster or one handshake


def take_looks(settings: Settings, app: FunctionApp) -> Looks:
    """Look at both sites, DNS and the Function App. Changes nothing.

    A part that cannot be asked never hides the others: each has its own reason.
    """
    nonce = secrets.token_bytes(16)
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        aws = pool.submit(_database, "aws", settings.aws_database, settings)
        azure = pool.submit(_database, "azure", settings.azure_database, settings)
        half = pool.submit(_half, settings, app, nonce)
        eks = pool.submit(_eks, settings, nonce)
        dns = pool.submit(_dns, settings)
        shown = pool.submit(_certificates, settings, pool)
        ballots = pool.submit(_ballots, settings)
        kept = pool.submit(_last_look)
        shown_by = pool.submit(_last_drill, settings)
        alarm = pool.submit(_alarm_state, settings.alarm_name)
        looked_at, look_reason = kept.result()
        drill, drill_reason = shown_by.result()
        alarm_state, alarm_reason = alarm.result()
        return Looks(
            aws=aws.result(),
            azure=azure.result(),
            eks=eks.result(),
            half=half.result(),
            dns=dns.result(),
            certificates=shown.result(),
            ballots=ballots.result(),
            gate_host=urlsplit(settings.function_app.url).hostname or "",
            looked_at=looked_at,
            look_reason=look_reason,
            alarm_state=alarm_state,
            alarm_reason=alarm_reason,
            drill=drill,
            drill_reason=drill_reason,
        )


def _database(site: str, database: Database, settings: Settings) -> DatabaseFacts:
    try:
        return database_facts(site, database, settings.budgets.database_seconds)
    except LandbridgeError as error:
        return DatabaseFacts(unreachable(site, str(error)))


def _half(settings: Settings, app: FunctionApp, nonce: bytes) -> OtherHalf:
    try:
        return read_half(app.preflight(settings.deployment.replicas, nonce.hex()))
    except LandbridgeError as error:
        return unreachable_half(str(error))


def _eks(settings: Settings, nonce: bytes) -> ClusterFacts:
    replicas = settings.deployment.replicas
    asked = Questions(
        site="aws",
        deployment=settings.deployment,
        pod=settings.database_pod,
        permissions=permissions("aws", settings.deployment, settings.database_pod),
        replicas=(0, replicas),  # the fence's, and the way home's
        nonce=nonce,
    )
    try:
        return cluster_facts(EksApi(settings.eks, _SECONDS), asked)
    except LandbridgeError as error:
        return unreachable_cluster("aws", str(error))


def _dns(settings: Settings) -> DnsFacts:
    try:
        answer = site_answering(settings.names, settings.name_servers)
    except SiteUnknownError as error:
        answer = f"unknown: {error.message}"
    try:
        records, checks = read_route53(settings.names)
    except LandbridgeError as error:
        return DnsFacts(reason=str(error), answer=answer)
    return DnsFacts(records, checks, "", answer)


def _certificates(settings: Settings, pool: ThreadPoolExecutor) -> tuple[Certificate, ...]:
    names, servers = settings.names, settings.name_servers
    app = urlsplit(settings.function_app.url)
    shown = [
        pool.submit(https_certificate, *of, servers, _SECONDS)
        for of in (
            ("aws-entry", names.health_aws, settings.port),
            ("azure-entry", names.health_azure, settings.port),
        )
    ]
    # The Function App's name is not of our zone.
    host, port = app.hostname or "", app.port or 443
    shown.append(pool.submit(https_certificate, "function-app", host, port, (), _SECONDS))
    shown += [
        pool.submit(postgres_certificate, f"{site}-database", one.host, one.port, _SECONDS)
        for site, one in (("aws", settings.aws_database), ("azure", settings.azure_database))
    ]
    return tuple(one.result() for one in shown)


def _ballots(settings: Settings) -> Mapping[str, Ballot]:
    found = {}
    for site, name in (("aws", settings.names.health_aws), ("azure", settings.names.health_azure)):
        url = f"https://{name}:{settings.port}/ready"
        seen = probe(url, settings.name_servers, settings.budgets.probe_seconds)
        found[site] = ballot_of_probe("orchestrator", seen.result, seen.detail)
    return found


def _last_look() -> tuple[float | None, str]:
    try:
        return last_look_at(), ""
    except LandbridgeError as error:
        return None, str(error)


def _last_drill(settings: Settings) -> tuple[Drill | None, str]:
    try:
        records = recent_records(RECENT_RUNS)
    except LandbridgeError as error:
        return None, str(error)
    limit_days = settings.budgets.drill_age_days
    return last_drill(records), why_drill_is_unknown(records, limit_days, time.time())


def _alarm_state(name: str) -> tuple[str | None, str]:
    try:
        return read_alarm_state(name), ""
    except LandbridgeError as error:
        return None, str(error)
