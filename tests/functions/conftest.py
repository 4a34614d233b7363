"""The machine on both interpreters, and a world behind the real steps."""

import pytest

from tests.functions.world import World
from tests.statemachines.conftest import machine

__all__ = ["asynchronous", "machine", "world"]


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
