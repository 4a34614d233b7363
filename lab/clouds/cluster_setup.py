"""Both clusters as an operator would set them up: manifests, settings, secrets."""

import base64
from pathlib import Path
from typing import Any

from kubernetes import client

from lab.clouds import names
from lab.clouds.names import Own
from lab.clouds.takeover import IMAGE as TAKEOVER
from lab.clouds.takeover import TAKEOVER_IMAGE, TAKEOVER_USER
from lab.kubernetes.cluster import Cluster, Options, User
from lab.kubernetes.envtest import RealCluster, is_wanted
from lab.orders.image import IMAGE as ORDERS
from lab.orders.image import orders_image
from lab.processes.folder import LabFolder
from lab.sites.certificates import Authority
from lab.sites.image import IMAGE as POSTGRES
from lab.sites.image import postgres_image
from lab.sites.postgres import DATABASE, PostgresServer
from lab.sites.replication import DatabasePair

__all__ = ["SiteCluster", "make_cluster", "prepare_aws", "prepare_azure"]

SiteCluster = Cluster | RealCluster

PORT = 8080


def make_cluster(
    lab: LabFolder,
    site: str,
    pod_start_seconds: float,
    token_issuer: tuple[str, Path] | None = None,
) -> SiteCluster:
    """Return one site's cluster, not started: who may use it, what its pods take to start.

    ``token_issuer`` signs its service accounts' tokens, as ``NodeOptions`` has it.
    It has a real API server where KUBEBUILDER_ASSETS names one; raises ConfigurationError where
    that folder is not complete.
    """
    second = {"aws": 41, "azure": 42}[site]
    orchestrator = User(names.ORCHESTRATOR_USER)
    kind = RealCluster if is_wanted() else Cluster
    return kind(
        name=site,
        folder=lab.folder(f"{site}/kubernetes"),
        images={
            ORDERS: orders_image(),
            POSTGRES: postgres_image(lab, site),
            TAKEOVER: TAKEOVER_IMAGE,
        },
        users=(User(names.FUNCTION_USER), TAKEOVER_USER) if site == "azure" else (),
        options=Options(
            pod_start_seconds=pod_start_seconds,
            time_scale=1.0,
            # The lab's id keeps two labs on one machine apart.
            pod_cidr=f"127.{second}.{int(lab.id[:2], 16)}.0/24",
            eks_user=orchestrator if site == "aws" else None,
            token_issuer=token_issuer,
        ),
        marker=lab.id,
    )


def prepare_aws(
    cluster: SiteCluster,
    databases: DatabasePair,
    authority: Authority,
    replicas: int,
    own: Own = names.ORDERS,
) -> None:
    """Run the workload in AWS."""
    cluster.apply(own.manifest("aws/orders.yaml"))
    cluster.apply(own.manifest("aws/orchestrator.yaml"))
    cluster.apply(own.manifest("aws/preflight.yaml"))
    cluster.apply(_workload("aws", databases.aws, databases, authority, own))
    apps = client.AppsV1Api(cluster.admin())
    body = {"spec": {"replicas": replicas}}
    apps.patch_namespaced_deployment_scale(own.deployment, own.namespace, body)


def prepare_azure(
    cluster: SiteCluster, databases: DatabasePair, authority: Authority, own: Own = names.ORDERS
) -> None:
    """Make Azure a warm standby: everything there, no pod running."""
    cluster.apply(own.manifest("azure/orders.yaml"))
    cluster.apply(own.manifest("azure/gate.yaml"))
    cluster.apply(own.manifest("azure/preflight.yaml"))
    cluster.apply(_workload("azure", databases.azure, databases, authority, own))


def _workload(
    site: str, server: PostgresServer, databases: DatabasePair, authority: Authority, own: Own
) -> list[dict[str, Any]]:
    settings = {
        "PGHOST": server.host,
        "PGPORT": str(server.port),
        "PGDATABASE": DATABASE,
        "PGSSLROOTCERT": str(authority.path),
        "SITE": site,
        "PORT": str(PORT),
    }
    secret = {"PGUSER": "orders", "PGPASSWORD": databases.passwords.orders}
    encoded = {name: base64.b64encode(value.encode()).decode() for name, value in secret.items()}
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": f"{own.workload}-settings", "namespace": own.namespace},
            "data": settings,
        },
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": f"{own.workload}-database", "namespace": own.namespace},
            "data": encoded,
        },
    ]
