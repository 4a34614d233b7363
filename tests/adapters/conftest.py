"""One cluster for all of this folder's tests; each has a namespace of its own.

One pair of databases for each module that asks for it.
"""

import secrets
from collections.abc import Iterator

import pytest

from lab.sites.certificates import Authority
from lab.sites.replication import DatabasePair
from landbridge.adapters.kubernetes import Cluster
from tests.adapters.databases import credentials_of
from tests.adapters.lab_cluster import FUNCTION_TOKEN, LabCluster, running_cluster
from tests.lab.sites.conftest import authority, lab, pair

__all__ = ["authority", "lab", "pair"]


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


@pytest.fixture
def trusted(
    pair: DatabasePair,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Let landbridge trust the lab's authority and know its own password."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    monkeypatch.setattr("landbridge.adapters.postgres.read_secret", credentials_of(pair))
