"""Each machine on each of the interpreters, once per file.

Both of Step Functions' machines run in the cloud; the failover's is also walked by a takeover.
"""

from collections.abc import Iterator

import pytest

from tests.statemachines.machine import FLOWS, Machine, machine_on_ministack, machine_on_moto
from tests.statemachines.walked import machine_walked

_ENGINES = {"moto": machine_on_moto, "ministack": machine_on_ministack}
_FAILOVER_ENGINES = {**_ENGINES, "takeover": machine_walked}


@pytest.fixture(params=_FAILOVER_ENGINES, scope="module")
def machine(request: pytest.FixtureRequest) -> Iterator[Machine]:
    """Give the failover's machine on one interpreter after the other."""
    with _FAILOVER_ENGINES[request.param](FLOWS["failover"]) as deployed:
        yield deployed


@pytest.fixture(params=_ENGINES, scope="module")
def failback_machine(request: pytest.FixtureRequest) -> Iterator[Machine]:
    """Give the failback's machine on one interpreter, then on the other."""
    with _ENGINES[request.param](FLOWS["failback"]) as deployed:
        yield deployed


@pytest.fixture(params=_ENGINES, scope="module")
def waves_machine(request: pytest.FixtureRequest) -> Iterator[Machine]:
    """Give the machine of several workloads on one interpreter, then on the other."""
    with _ENGINES[request.param](FLOWS["waves"]) as deployed:
        yield deployed


@pytest.fixture(params=_ENGINES, scope="module")
def gameday_machine(request: pytest.FixtureRequest) -> Iterator[Machine]:
    """Give the GameDay's machine on one interpreter, then on the other."""
    with _ENGINES[request.param](FLOWS["gameday"]) as deployed:
        yield deployed
