"""A cluster of the lab for the Functions host to talk to."""

from collections.abc import Iterator

import pytest

from tests.adapters.lab_cluster import LabCluster, running_cluster


@pytest.fixture(scope="session", name="lab_cluster")
def _lab_cluster() -> Iterator[LabCluster]:
    with running_cluster() as cluster:
        yield cluster
