"""Each machine on each of the two interpreters, once per file."""

from collections.abc import Iterator

import pytest

from tests.statemachines.machine import FLOWS, Machine, machine_on_ministack, machine_on_moto

_ENGINES = {"moto": machine_on_moto, "ministack": machine_on_ministack}


@pytest.fixture(params=_ENGINES, scope="module")
def machine(request: pytest.FixtureRequest) -> Iterator[Machine]:
    """Give the failover's machine on one interpreter, then on the other."""
    with _ENGINES[request.param](FLOWS["failover"]) as deployed:
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
