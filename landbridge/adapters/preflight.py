"""Everything that the preflight looks at, at the same time; what cannot be seen is a reason.

No part is waited for longer than one time for all of them: the Lambda answers with what it has,
rather than be ended half way with nothing said.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
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
from landbridge.adapters.triggers import read_triggers
from landbridge.adapters.zone import checkers_ballot, site_answering
from landbridge.domain.checkers_verdict import WITNESS
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
from landbridge.domain.votes import Ballot, Vote, ballot_of_probe

__all__ = ["WITHIN_SECONDS", "take_looks"]

_SECONDS = 5.0  # one request to a cluster or one handshake
# Of the Lambda's 55 s: keeping the report may take ten more.
WITHIN_SECONDS = 40.0

Part = tuple[Callable[[], Any], Callable[[str], Any]]
"""What is looked at, and what stands for it where nobody answered, for that reason."""


def take_looks(
    settings: Settings, app: FunctionApp, within_seconds: float = WITHIN_SECONDS
) -> Looks:
    """Look at both sites, DNS and the Function App. Changes nothing.

    A part that cannot be asked, or does not answer in time, never hides the others: each has its
    own reason.
    """
    seen = _together(_parts(settings, app, secrets.token_bytes(16)), within_seconds)
    records, checks, dns_reason = seen["records"]
    (looked_at, look_reason), (drill, drill_reason) = seen["look"], seen["drill"]
    (alarm_state, alarm_reason), (rules, rules_reason) = seen["alarm"], seen["triggers"]
    return Looks(
        aws=seen["aws"],
        azure=seen["azure"],
        eks=seen["eks"],
        half=seen["half"],
        dns=DnsFacts(records, checks, dns_reason, seen["answer"]),
        certificates=tuple(seen[name] for name in _certificates(settings)),
        ballots={site: seen[f"{site}-ballot"] for site in ("aws", "azure")},
        gate_host=urlsplit(settings.function_app.url).hostname or "",
        checkers=seen["checkers"],
        looked_at=looked_at,
        look_reason=look_reason,
        alarm_state=alarm_state,
        alarm_reason=alarm_reason,
        triggers=rules,
        triggers_reason=rules_reason,
        drill=drill,
        drill_reason=drill_reason,
    )


def _together(parts: Mapping[str, Part], within_seconds: float) -> dict[str, Any]:
    """Return what each part saw; who is late is left to end by itself, for nobody."""
    until = time.monotonic() + within_seconds
    pool = ThreadPoolExecutor(max_workers=len(parts))
    try:
        begun = {name: pool.submit(look) for name, (look, _) in parts.items()}
        seen = {}
        for name, future in begun.items():
            try:
                seen[name] = future.result(max(0.0, until - time.monotonic()))
            except TimeoutError:
                _, instead = parts[name]
                seen[name] = instead(f"no answer within {within_seconds:g} s")
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return seen


def _parts(settings: Settings, app: FunctionApp, nonce: bytes) -> dict[str, Part]:
    names = settings.names
    return {
        "aws": _database("aws", settings.aws_database, settings),
        "azure": _database("azure", settings.azure_database, settings),
        "half": (partial(_half, settings, app, nonce), unreachable_half),
        "eks": (partial(_eks, settings, nonce), partial(unreachable_cluster, "aws")),
        "records": (partial(_records, settings), lambda why: ((), {}, why)),
        "answer": (partial(_answer, settings), lambda why: f"unknown: {why}"),
        "checkers": (
            partial(checkers_ballot, names, settings.name_servers),
            partial(Ballot, WITNESS, Vote.UNKNOWN),
        ),
        "aws-ballot": _ballot(names.health_aws, settings),
        "azure-ballot": _ballot(names.health_azure, settings),
        "look": _or_reason(last_look_at),
        "drill": _drill(settings),
        "alarm": _or_reason(partial(read_alarm_state, settings.alarm_name)),
        "triggers": _or_reason(partial(read_triggers, settings.workload)),
        **{
            name: (look, partial(Certificate, name, None))
            for name, look in _certificates(settings).items()
        },
    }


def _database(site: str, database: Database, settings: Settings) -> Part:
    def instead(why: str) -> DatabaseFacts:
        return DatabaseFacts(unreachable(site, why))

    def look() -> DatabaseFacts:
        try:
            return database_facts(site, database, settings.budgets.database_seconds)
        except LandbridgeError as error:
            return instead(str(error))

    return look, instead


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


def _records(settings: Settings) -> tuple[Any, Any, str]:
    if settings.names.zone_elsewhere:
        return (), {}, ""
    try:
        return *read_route53(settings.names), ""
    except LandbridgeError as error:
        return (), {}, str(error)


def _answer(settings: Settings) -> str:
    try:
        return site_answering(settings.names, settings.name_servers)
    except SiteUnknownError as error:
        return f"unknown: {error.message}"


def _certificates(settings: Settings) -> dict[str, Callable[[], Certificate]]:
    names, servers = settings.names, settings.name_servers
    app = urlsplit(settings.function_app.url)
    # The Function App's name is not of our zone.
    https: dict[str, tuple[str, int, tuple[str, ...]]] = {
        "aws-entry": (names.health_aws, settings.port, servers),
        "azure-entry": (names.health_azure, settings.port, servers),
        "function-app": (app.hostname or "", app.port or 443, ()),
    }
    postgres = {"aws-database": settings.aws_database, "azure-database": settings.azure_database}
    return {
        **{name: partial(https_certificate, name, *of, _SECONDS) for name, of in https.items()},
        **{
            name: partial(postgres_certificate, name, one.host, one.port, _SECONDS)
            for name, one in postgres.items()
        },
    }


def _ballot(name: str, settings: Settings) -> Part:
    def look() -> Ballot:
        url = f"https://{name}:{settings.port}/ready"
        seen = probe(url, settings.name_servers, settings.budgets.probe_seconds)
        return ballot_of_probe("orchestrator", seen.result, seen.detail)

    return look, partial(Ballot, "orchestrator", Vote.UNKNOWN)


def _or_reason(read: Callable[[], Any]) -> Part:
    def look() -> tuple[Any, str]:
        try:
            return read(), ""
        except LandbridgeError as error:
            return None, str(error)

    return look, lambda why: (None, why)


def _drill(settings: Settings) -> Part:
    def look() -> tuple[Drill | None, str]:
        try:
            records = recent_records(RECENT_RUNS)
        except LandbridgeError as error:
            return None, str(error)
        limit_days = settings.budgets.drill_age_days
        return last_drill(records), why_drill_is_unknown(records, limit_days, time.time())

    return look, lambda why: (None, why)
