"""The two sites' databases as faults meet them: who is what now, and when one is well again."""

import contextlib
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pg8000.exceptions
from kubernetes import client

from lab.clouds import names
from lab.clouds.clouds import Clouds
from lab.processes.waiting import wait_until
from lab.sites.postgres import DATABASE, PostgresServer

__all__ = [
    "SITES",
    "ask",
    "comes_back",
    "database_of",
    "other",
    "patiently",
    "primaries",
    "restart_pod",
    "standby",
    "streams",
    "wait_well",
]

SITES = ("aws", "azure")
BACK_SECONDS = 60.0
STREAMING_SECONDS = 20.0
ANSWER_SECONDS = 3.0
_GUARD, _WAITS = "guard", '"wait"'
_STREAMS = "SELECT state FROM pg_stat_replication WHERE application_name = :name"


def other(site: str) -> str:
    """Return the other site."""
    return "azure" if site == "aws" else "aws"


def database_of(clouds: Clouds, site: str) -> PostgresServer:
    """Return the site's database."""
    return {"aws": clouds.aws_database, "azure": clouds.azure_database}[site]


def primaries(clouds: Clouds) -> list[str]:
    """Return the sites whose database answers and is a primary: one, none, or both for a while."""
    return [site for site in SITES if _recovering(clouds, site) is False]


def standby(clouds: Clouds) -> str | None:
    """Return the site whose database answers and is in recovery; None where there is none."""
    return next((site for site in SITES if _recovering(clouds, site)), None)


def ask(clouds: Clouds, site: str, sql: str, **parameters: Any) -> list[list[Any]] | None:
    """Run one statement as superuser and return its rows; None where the database did not answer.

    It commits here alone: a fault must not wait for the standby that it breaks. It is patient for
    a moment only, since another fault may have frozen the database.
    """
    server = database_of(clouds, site)
    try:
        with server.superuser(DATABASE, timeout_seconds=ANSWER_SECONDS) as connection:
            connection.run("SET synchronous_commit = local")
            connection.run("SET default_transaction_read_only = off")
            rows: list[list[Any]] = connection.run(sql, **parameters) or []
    except (pg8000.exceptions.Error, OSError):
        return None
    return rows


def _recovering(clouds: Clouds, site: str) -> bool | None:
    rows = ask(clouds, site, "SELECT pg_is_in_recovery()")
    return bool(rows[0][0]) if rows else None


def streams(clouds: Clouds, site: str) -> bool:
    """Whether the site's database streams from the other one."""
    return ["streaming"] in (ask(clouds, other(site), _STREAMS, name=site) or [])


def comes_back(clouds: Clouds, site: str) -> bool:
    """Whether the site's cluster runs its database, or is about to.

    It does not where the node is lost, where the StatefulSet is at zero (fenced, or being rebuilt),
    and where the guard holds an old primary.
    """
    cluster = {"aws": clouds.aws_cluster, "azure": clouds.azure_cluster}[site]
    if not cluster.has_node:
        return False
    apps = client.AppsV1Api(cluster.admin())
    wanted = apps.read_namespaced_stateful_set(names.DATABASE, names.NAMESPACE)
    return bool(wanted.spec.replicas) and not _is_held(client.CoreV1Api(cluster.admin()))


def _is_held(core: client.CoreV1Api) -> bool:
    """Whether the pod's guard waits; each pod has one that runs for a moment."""
    pod = f"{names.DATABASE}-0"
    try:
        seen = core.read_namespaced_pod(pod, names.NAMESPACE)
        guards = seen.status.init_container_statuses or []
        if not any(one.name == _GUARD and one.state.running for one in guards):
            return False
        said = str(core.read_namespaced_pod_log(pod, names.NAMESPACE, container=_GUARD))
    except client.ApiException as error:
        if error.status not in {HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST}:
            raise
        return False  # there is no pod at this moment, or its guard has not begun
    return _WAITS in said.rpartition("decision")[2]


def restart_pod(clouds: Clouds, site: str) -> None:
    """Delete the database's pod, as an operator does who will not wait for the back-off's end."""
    cluster = {"aws": clouds.aws_cluster, "azure": clouds.azure_cluster}[site]
    core = client.CoreV1Api(cluster.admin())
    try:
        core.delete_namespaced_pod(f"{names.DATABASE}-0", names.NAMESPACE)
    except client.ApiException as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise


def wait_well(clouds: Clouds, site: str) -> None:
    """Return when the site's database answers, and whichever of the two is the standby streams.

    It returns as well where nothing brings it back, and where another fault keeps the standby from
    streaming: that one's end comes later.
    """
    server = database_of(clouds, site)
    wait_until(
        lambda: server.answers() or not comes_back(clouds, site),
        f"{site}'s database, which the kubelet starts again",
        timeout_seconds=BACK_SECONDS,
    )
    patiently(lambda: _is_whole(clouds), "the standby streaming")


def _is_whole(clouds: Clouds) -> bool:
    """Whether the standby streams from the primary, where there is one of each."""
    writing, following = primaries(clouds), standby(clouds)
    return following is None or other(following) not in writing or streams(clouds, following)


def patiently(condition: Callable[[], bool], what: str) -> None:
    """Wait for what follows from a fault's end, unless another fault is in its way."""
    with contextlib.suppress(TimeoutError):
        wait_until(condition, what, timeout_seconds=STREAMING_SECONDS)
