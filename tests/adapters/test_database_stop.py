"""The fence's last layer at a real API server, with the orchestrator's own rights and no more."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client

from lab.kubernetes.api.users import user_of
from lab.kubernetes.cluster import Cluster, Options
from lab.processes.folder import LabFolder
from lab.processes.waiting import wait_until
from landbridge.adapters.database_stop import stop_database
from landbridge.adapters.eks import EksApi
from landbridge.adapters.rebuild_job import RebuildJob
from landbridge.domain.fence import FenceEvidence, FenceResult
from landbridge.domain.settings import DatabasePod, Eks
from tests.adapters.serving import answering

DEPLOY = Path(__file__).parents[2] / "deploy"
POD = DatabasePod("orders", "orders-database", "orders-rebuild")
LIMIT_SECONDS = 10.0
SHORT_SECONDS = 0.4
GONE = FenceEvidence("database", FenceResult.DONE, "scaled to zero, no pod left")


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


def stop(url: str, limit_seconds: float = LIMIT_SECONDS) -> FenceEvidence:
    """Stop the database of the cluster at that URL, as the orchestrator."""
    return stop_database(RebuildJob(EksApi(Eks(url, "shop", "eu-west-1"), 2.0), POD), limit_seconds)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Run EKS without a node, with the deployed manifests."""
    with LabFolder() as lab:
        options = Options(eks_user=user_of("landbridge-orchestrator"))
        cluster = Cluster("aws", lab.folder("cluster"), {}, options=options, marker=lab.id)
        cluster.start_server()
        cluster.apply((DEPLOY / "both" / "database.yaml").read_text())
        cluster.apply((DEPLOY / "aws" / "orchestrator.yaml").read_text())
        yield cluster
        cluster.stop()


def start(cluster: Cluster) -> Any:
    """Let the database run and return its pod; nobody runs it, as there is no node."""
    apps, core = client.AppsV1Api(cluster.admin()), client.CoreV1Api(cluster.admin())
    body = {"spec": {"replicas": 1}}
    apps.patch_namespaced_stateful_set_scale(POD.stateful_set, POD.namespace, body)

    def pods() -> list[Any]:
        return list(core.list_namespaced_pod(POD.namespace).items)

    wait_until(lambda: len(pods()) == 1, "the database's pod")
    return pods()[0]


def replicas(cluster: Cluster) -> int:
    """Return how many pods the cluster wishes for."""
    apps = client.AppsV1Api(cluster.admin())
    found = apps.read_namespaced_stateful_set(POD.stateful_set, POD.namespace)
    return found.spec.replicas or 0


@contextmanager
def bound(cluster: Cluster, pod: Any) -> Iterator[None]:
    """Put the pod on a node that is not there for the block: nobody ends it."""
    core, name = client.CoreV1Api(cluster.admin()), pod.metadata.name
    target = {"apiVersion": "v1", "kind": "Node", "name": "lost"}
    body = {"metadata": {"name": name}, "target": target}
    core.create_namespaced_pod_binding(name, POD.namespace, body, _preload_content=False)
    yield
    core.delete_namespaced_pod(name, POD.namespace, grace_period_seconds=0)


def test_a_database_is_stopped_and_stays_stopped(cluster: Cluster) -> None:
    """No pod is wished for and none is left; a second time there is nothing to do."""
    start(cluster)
    assert stop(cluster.url) == GONE
    assert replicas(cluster) == 0
    again = stop(cluster.url)
    assert (again.result, again.detail) == (FenceResult.DONE, "stopped already, no pod left")


def test_a_pod_that_does_not_end_is_not_called_stopped(cluster: Cluster) -> None:
    """On a node that is lost the pod stays: it is told to stop, and the evidence says no more."""
    with bound(cluster, start(cluster)):
        evidence = stop(cluster.url, SHORT_SECONDS)
        assert replicas(cluster) == 0
    assert (evidence.layer, evidence.result) == ("database", FenceResult.UNREACHABLE)
    assert evidence.detail == "told to stop; its pod has not ended after 0.4 s"


def test_a_cluster_out_of_reach_is_evidence() -> None:
    """Nobody listens: that is recorded, and no error."""
    evidence = stop("http://127.0.0.1:1")
    assert evidence.result is FenceResult.UNREACHABLE
    assert "refused" in evidence.detail


@pytest.mark.parametrize("status", [403, 404])
def test_a_cluster_that_says_no_is_a_failed_layer(status: int) -> None:
    """Denied, or no such StatefulSet, is an answer: the layer failed and was not out of reach."""
    with answering(status, b"{}") as (url, _asked):
        assert stop(url).result is FenceResult.FAILED
