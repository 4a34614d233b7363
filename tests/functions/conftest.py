"""The machine on both interpreters, and a world behind the real steps."""

from collections.abc import Iterator

import pytest

from azure_functions import aks
from landbridge.adapters import environment, runs
from tests.functions.world import World
from tests.statemachines.conftest import machine

__all__ = ["asynchronous", "machine", "world"]


@pytest.fixture(autouse=True)
def _no_leftovers() -> Iterator[None]:
    """Forget what a worker keeps for its life: the next test is another worker."""
    yield
    for kept in (environment.settings, environment.function_app, aks.settings):
        kept.cache_clear()
    if hasattr(runs._table, "cache_clear"):
        runs._table.cache_clear()


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Give a world with synchronous replication."""
    built = World()
    built.install(monkeypatch)
    return built


@pytest.fixture
def asynchronous(monkeypatch: pytest.MonkeyPatch) -> World:
    """Give a world with asynchronous replication."""
    built = World(replication="async")
    built.install(monkeypatch)
    return built
