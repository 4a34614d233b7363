"""What the world says, for whoever watches a lab: the gate, the lock, pods, DNS, records.

Nothing here asks landbridge. What does not answer raises: OSError, kubernetes' ApiException,
urllib3's HTTPError, pg8000's Error, botocore's errors.
"""

import json
import time
from http import HTTPStatus
from typing import Any

from kubernetes import client

from lab.clouds import names
from lab.clouds.clouds import Clouds
from lab.kubernetes.cluster import Cluster
from lab.kubernetes.envtest import RealCluster
from lab.sites.postgres import DATABASE, PostgresServer

__all__ = [
    "FIRST_GATE",
    "LOOK_SECONDS",
    "ask",
    "cluster_of",
    "database_of",
    "deployment",
    "dns_site",
    "gate",
    "journal",
    "lock_holder",
    "lock_seconds",
    "pods",
    "recorded",
    "site_at",
]

# One look at one thing; what takes longer could not be seen.
LOOK_SECONDS = 5.0
# Before the first run nobody has written one.
FIRST_GATE = {"state": "closed", "active_site": "aws", "epoch": "1", "holder": "", "since": ""}


def database_of(clouds: Clouds, site: str) -> PostgresServer:
    """Return the site's database."""
    return {"aws": clouds.aws_database, "azure": clouds.azure_database}[site]


def cluster_of(clouds: Clouds, site: str) -> Cluster | RealCluster:
    """Return the site's cluster."""
    return {"aws": clouds.aws_cluster, "azure": clouds.azure_cluster}[site]


def ask(clouds: Clouds, site: str, sql: str, **parameters: Any) -> list[list[Any]]:
    """Return the rows of one statement in the site's database, as superuser."""
    server = database_of(clouds, site)
    with server.superuser(DATABASE, timeout_seconds=LOOK_SECONDS) as connection:
        rows: list[list[Any]] = connection.run(sql, **parameters) or []
        return rows


def gate(clouds: Clouds) -> dict[str, str]:
    """Return the gate's data as AKS has it."""
    core = client.CoreV1Api(clouds.azure_cluster.admin())
    try:
        found = core.read_namespaced_config_map(
            names.GATE, clouds.own.gate_namespace, _request_timeout=LOOK_SECONDS
        )
    except client.ApiException as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return dict(FIRST_GATE)
    return dict(found.data)


def lock_holder(clouds: Clouds) -> str:
    """Return who holds the run lock, or an empty text."""
    lease = _lease(clouds)
    return str(lease.spec.holder_identity or "") if lease else ""


def lock_seconds(clouds: Clouds) -> float:
    """Return how long the lock's lease still lasts; nothing or less where nobody holds it."""
    lease = _lease(clouds)
    if lease is None or not lease.spec.holder_identity:
        return 0.0
    ends = lease.spec.renew_time.timestamp() + float(lease.spec.lease_duration_seconds)
    return float(ends - time.time())


def _lease(clouds: Clouds) -> Any:
    leases = client.CoordinationV1Api(clouds.azure_cluster.admin())
    space = clouds.own.gate_namespace
    every = leases.list_namespaced_lease(space, _request_timeout=LOOK_SECONDS).items
    return next((one for one in every if one.metadata.name == names.RUN_LOCK), None)


def pods(clouds: Clouds, site: str) -> list[Any]:
    """Return the workload's pods on one site."""
    core = client.CoreV1Api(cluster_of(clouds, site).admin())
    found = core.list_namespaced_pod(
        clouds.own.namespace, label_selector=clouds.own.pods, _request_timeout=LOOK_SECONDS
    )
    return list(found.items)


def deployment(clouds: Clouds, site: str) -> Any:
    """Return the workload's Deployment on one site."""
    apps = client.AppsV1Api(cluster_of(clouds, site).admin())
    return apps.read_namespaced_deployment(
        clouds.own.deployment, clouds.own.namespace, _request_timeout=LOOK_SECONDS
    )


def dns_site(clouds: Clouds) -> str:
    """Return the site that the zone's name server answers now; ``none`` for neither's address."""
    answer = clouds.dns.state()["answers"][f"{clouds.configuration.names.failover}. A"]
    return site_at(clouds, answer["values"])


def site_at(clouds: Clouds, addresses: list[str] | None) -> str:
    """Return the site whose entry has the first of these addresses, or ``none``."""
    sites = {clouds.pair.aws: "aws", clouds.pair.azure: "azure"}
    return sites.get((addresses or [""])[0], "none")


def journal(clouds: Clouds) -> list[dict[str, Any]]:
    """Return the events of the data plane's journal; one that is being written is left out."""
    whole = clouds.dns.journal_path.read_bytes().rpartition(b"\n")[0]
    return [json.loads(line) for line in whole.splitlines()]


def recorded(clouds: Clouds, kind: str) -> dict[str, dict[str, Any]]:
    """Return the runs table's documents of that kind by their key, each with its time as ``at``."""
    dynamodb = clouds.aws.client("dynamodb", clouds.configuration.orchestrator_region)
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=clouds.operations.outputs()["RunsTableName"]
    )
    items = [item for page in pages for item in page["Items"] if item["kind"]["S"] == kind]
    return {
        item["run"]["S"]: json.loads(item["document"]["S"]) | {"at": float(item["at"]["N"])}
        for item in items
    }
