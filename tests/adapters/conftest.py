"""One cluster for all of this folder's tests; each has a namespace of its own."""

import secrets
from collections.abc import Iterator

import pytest

from landbridge.adapters.kubernetes import Cluster
from tests.adapters.lab_cluster import FUNCTION_TOKEN, LabCluster, running_cluster


@pytest.fixture(scope="session", name="lab_cluster")
def _lab_cluster() -> Iterator[LabCluster]:
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture(name="namespace")
def _namespace(lab_cluster: LabCluster) -> str:
    return lab_cluster.namespace(f"test-{secrets.token_hex(4)}")


@pytest.fixture(name="cluster")
def _cluster(lab_cluster: LabCluster, namespace: str) -> Cluster:
    return Cluster(lab_cluster.url, lambda: FUNCTION_TOKEN, namespace=namespace)
