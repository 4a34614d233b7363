"""The databases as pods: their manifests on this machine, where a pod's disk is a folder.

The data folder of a site is its claim's folder. The host's files lie beside the data, where the
lab's faults can change them, so the Secret that holds them in life is a path here.
"""

import copy
import json
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from lab.clouds.cluster_setup import SiteCluster
from lab.clouds.names import ORDERS, Own
from lab.kubernetes.children import claim_folder
from lab.processes.ports import free_ports
from lab.sites.postgres import DATABASE, SUPERUSER, PostgresServer
from lab.sites.replication import DatabasePair

__all__ = ["GuardIdentity", "prepare_database", "prepare_rehearsal"]

_JOB = "job.json"


class GuardIdentity(NamedTuple):
    """Whom the pod asks for the gate, and who it is to Entra."""

    gate_url: str
    authority: str
    tenant_id: str
    client_id: str
    application_id: str


def prepare_database(
    cluster: SiteCluster,
    site: str,
    pair: DatabasePair,
    identity: GuardIdentity,
    own: Own = ORDERS,
) -> None:
    """Let the cluster run the site's database from the data that the pair has there."""
    server = {"aws": pair.aws, "azure": pair.azure}[site]
    _mount(server, claim_folder(cluster.folder, own.namespace, f"data-{own.database}-0"))
    manifests = [
        *_documents("both/database.yaml", server.folder, own),
        *_documents("both/rebuild.yaml", server.folder, own),
    ]
    # The namespace first, then what the pods refer to.
    cluster.apply([manifests[0], _settings(site, server, pair, identity, own), *manifests[1:]])


def prepare_rehearsal(cluster: SiteCluster, pair: DatabasePair, own: Own = ORDERS) -> None:
    """Let the standby's cluster rehearse with a clone of its own database."""
    data = {
        "CLONE_CONNINFO": pair.own_source_of("azure"),
        # A pod of the lab shares the machine's loopback with all others.
        "CLONE_PORT": str(free_ports(1)[0]),
        "SOURCE_DATABASE": DATABASE,
        # How full this machine's disk is, is not the lab's to judge.
        "CLONE_KEEP_FREE_PERCENT": "0",
    }
    settings = _object("ConfigMap", f"{own.workload}-rehearsal-settings", data, own)
    cluster.apply([settings, *_documents("azure/rehearsal.yaml", pair.azure.folder, own)])


def _mount(server: PostgresServer, claim: Path) -> None:
    claim.parent.mkdir(parents=True, exist_ok=True)
    claim.symlink_to(server.folder)


def _documents(file: str, folder: Path, own: Own) -> list[dict[str, Any]]:
    documents = [one for one in yaml.safe_load_all(own.manifest(file)) if one]
    for one in documents:
        if one["kind"] == "StatefulSet":
            _on_this_machine(one["spec"]["template"]["spec"], folder)
        if _JOB in one.get("data", {}):
            job = json.loads(one["data"][_JOB])
            _on_this_machine(job["spec"]["template"]["spec"], folder)
            one["data"][_JOB] = json.dumps(job)
    return copy.deepcopy(documents)  # YAML's aliases become objects of their own


def _on_this_machine(spec: dict[str, Any], folder: Path) -> None:
    for volume in spec["volumes"]:
        if volume["name"] == "host":
            volume.pop("secret")
            volume["hostPath"] = {"path": str(folder)}


def _settings(
    site: str, server: PostgresServer, pair: DatabasePair, identity: GuardIdentity, own: Own
) -> dict[str, Any]:
    data = {
        "SITE": site,
        "SLOT": site,
        "GATE_URL": identity.gate_url,
        "GATE_APPLICATION_ID": identity.application_id,
        "AZURE_AUTHORITY_HOST": identity.authority,
        "AZURE_TENANT_ID": identity.tenant_id,
        "AZURE_CLIENT_ID": identity.client_id,
        "PRIMARY_CONNINFO": pair.source_of(site),
        "SOURCE_DATABASE": DATABASE,
        "SSL_CERT_FILE": str(pair.authority.path),
        # The readiness probe's: over the socket, where nobody is refused and nothing is logged.
        "PGHOST": str(server.folder),
        "PGPORT": str(server.port),
        "PGUSER": SUPERUSER,
    }
    return _object("ConfigMap", f"{own.workload}-database-settings", data, own)


def _object(kind: str, name: str, data: dict[str, str], own: Own) -> dict[str, Any]:
    metadata = {"name": name, "namespace": own.namespace}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, "data": data}
