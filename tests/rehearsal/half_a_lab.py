"""A standby's cluster with its node, a pair of databases, and the Function App's own routes.

No AWS services, no DNS and no entries: what a rehearsal touches, and what it must not, is here.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import azure.functions as func
import psutil
import pytest
from kubernetes import client

from azure_functions import aks, rehearsal
from lab.clouds import names
from lab.clouds.cluster_setup import SiteCluster, make_cluster, prepare_azure
from lab.clouds.database_pods import prepare_rehearsal
from lab.processes.folder import LabFolder
from lab.processes.waiting import wait_until
from lab.sites.certificates import Authority
from lab.sites.replication import DatabasePair, start_pair
from landbridge.adapters.kubernetes_objects import is_ready
from landbridge.adapters.production_ledger import site_facts
from landbridge.domain.rehearsal_verdict import Production
from tests.adapters.databases import credentials_of, database_of

GATE = {"state": "closed", "active_site": "aws", "epoch": 1, "holder": "", "since": "then"}


@dataclass(frozen=True)
class HalfALab:
    """Answers a rehearsal's requests as the orchestrator does, by the real routes and looks."""

    lab: LabFolder
    cluster: SiteCluster
    pair: DatabasePair
    kept: list[dict[str, Any]]

    def rehearsal(self, action: str, **fields: object) -> dict[str, Any]:
        """Answer one request."""
        if action == "observe":
            sites = tuple(
                site_facts(site, database_of(server), 5.0)
                for site, server in (("aws", self.pair.aws), ("azure", self.pair.azure))
            )
            return asdict(Production(GATE, "aws", sites, self._knows(fields.get("order"))))
        if action == "keep":
            self.kept.append(json.loads(json.dumps(fields["report"])))
            return {"kept": fields["run"]}
        if action == "look":
            return self._ask(rehearsal.read_rehearsal, None)
        return self._ask(rehearsal.act_on_rehearsal, {"action": action, **fields})

    def _ask(self, route: Any, body: object) -> dict[str, Any]:
        sent = b"" if body is None else json.dumps(body).encode()
        answer = route(req=func.HttpRequest("POST", "https://app/api", body=sent))
        document = json.loads(answer.get_body())
        assert answer.status_code in {200, 202}, document
        return dict(document)

    def _knows(self, order: object) -> bool | None:
        if not order:
            return None
        sql = "SELECT count(*) FROM public.orders WHERE id::text = :order"
        return self.pair.aws.query(sql, order=order) != [[0]]

    def objects(self) -> list[tuple[str, str]]:
        """Return every object of the namespace that a rehearsal could leave, by kind and name."""
        api = self.cluster.admin()
        core, apps, batch = client.CoreV1Api(api), client.AppsV1Api(api), client.BatchV1Api(api)
        space = names.NAMESPACE
        lists = {
            "ConfigMap": core.list_namespaced_config_map,
            "Deployment": apps.list_namespaced_deployment,
            "Job": batch.list_namespaced_job,
            "PersistentVolumeClaim": core.list_namespaced_persistent_volume_claim,
            "Pod": core.list_namespaced_pod,
            "Secret": core.list_namespaced_secret,
            "Service": core.list_namespaced_service,
            "StatefulSet": apps.list_namespaced_stateful_set,
        }
        return [
            (kind, one.metadata.name) for kind, find in lists.items() for one in find(space).items
        ]

    def processes(self) -> list[str]:
        """Return the lab's living processes, those of the two databases apart."""
        servers = {
            process.pid for one in (self.pair.aws, self.pair.azure) for process in one.processes()
        }
        found = []
        for process in psutil.process_iter():
            try:
                words = process.cmdline()
                ours = str(self.lab.path) in " ".join(words) or process.cwd().startswith(
                    str(self.lab.path)
                )
                if ours and process.pid not in servers and words:
                    found.append(" ".join(words))
            except psutil.Error:
                continue
        return sorted(found)

    def files(self) -> list[str]:
        """Return the files of the lab, but for the databases' own, logs and kept logs of pods."""
        own = {self.pair.aws.data, self.pair.azure.data}
        found = []
        for folder, folders, files in os.walk(self.lab.path):
            here = Path(folder)
            folders[:] = [
                name for name in folders if here / name not in own and name not in _OTHERS
            ]
            found += [str((here / name).relative_to(self.lab.path)) for name in files]
        return sorted(found)


_OTHERS = {"logs", "kept-logs"}


@contextmanager
def half_a_lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[HalfALab]:
    """Start it, and end it whatever happens."""
    with LabFolder() as lab:
        authority = Authority(lab.folder("certificates"))
        pair = start_pair(lab, authority)
        (pair.azure.folder / "pg_ident.conf").touch()
        cluster = make_cluster(lab, "azure", 0.0)
        try:
            cluster.start()
            # What there is before a rehearsal is compared with what there is after it.
            wait_until(lambda: _has_node(cluster), "the node")
            prepare_azure(cluster, pair, authority)
            prepare_rehearsal(cluster, pair)
            _be_the_function_app(monkeypatch, cluster)
            monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
            monkeypatch.setattr("landbridge.adapters.postgres.read_secret", credentials_of(pair))
            yield HalfALab(lab, cluster, pair, [])
        finally:
            cluster.stop()
            _forget()


def _has_node(cluster: SiteCluster) -> bool:
    nodes = client.CoreV1Api(cluster.admin()).list_node().items
    return any(is_ready(node) for node in nodes)


def _be_the_function_app(monkeypatch: pytest.MonkeyPatch, cluster: SiteCluster) -> None:
    settings = {
        "LANDBRIDGE_AKS_URL": cluster.url,
        "LANDBRIDGE_AKS_CA": cluster.ca_base64,
        "LANDBRIDGE_GATE_NAMESPACE": names.GATE_NAMESPACE,
        "LANDBRIDGE_DEPLOYMENT_NAMESPACE": names.NAMESPACE,
        "LANDBRIDGE_DEPLOYMENT_NAME": names.DEPLOYMENT,
        "LANDBRIDGE_PRIMARY_PROBE_URL": "https://127.0.0.1:1/ready",
        "LANDBRIDGE_NAME_SERVERS": "",
        "LANDBRIDGE_PROBE_SECONDS": "2",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    token = cluster.token(names.FUNCTION_USER)
    monkeypatch.setattr(aks, "_token", lambda: token)
    _forget()


def _forget() -> None:
    aks.settings.cache_clear()
    aks.cluster.cache_clear()
