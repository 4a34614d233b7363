"""The machine on each of the two interpreters, once per file."""

from collections.abc import Iterator

import pytest

from tests.statemachines.machine import Machine, machine_on_ministack, machine_on_moto

_ENGINES = {"moto": machine_on_moto, "ministack": machine_on_ministack}


@pytest.fixture(params=_ENGINES, scope="module")
def machine(request: pytest.FixtureRequest) -> Iterator[Machine]:
    """Give the machine on one interpreter, then on the other."""
    with _ENGINES[request.param]() as deployed:
        yield deployed
