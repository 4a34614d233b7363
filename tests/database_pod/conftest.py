"""One world after a failover for each module that asks for it; each test rebuilds a fresh copy."""

import pytest

from lab.processes.folder import LabFolder
from lab.sites.certificates import Authority
from tests.database_pod.forked_world import ForkedWorld, make_forked_world
from tests.lab.sites.conftest import authority, lab

__all__ = ["authority", "lab"]


@pytest.fixture(scope="module")
def world(lab: LabFolder, authority: Authority) -> ForkedWorld:
    """Return a world in which AWS was killed with rows that Azure never received."""
    return make_forked_world(lab, authority)
