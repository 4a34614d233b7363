"""The machine on both interpreters, and a world behind the real steps."""

from collections.abc import Callable, Iterator

import pytest

from azure_functions import aks
from landbridge.adapters import environment, runs, witnesses
from tests.functions.interruptions import Interruptions
from tests.functions.users import Users
from tests.functions.world import World, handler
from tests.statemachines.conftest import failback_machine, gameday_machine, machine
from tests.statemachines.one_thread import OneThread, machines_on_one_thread

__all__ = ["asynchronous", "failback_machine", "gameday_machine", "machine", "world"]


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


@pytest.fixture(scope="module", name="machines")
def _machines() -> Iterator[OneThread]:
    with machines_on_one_thread() as machines:
        yield machines


@pytest.fixture
def begin(machines: OneThread, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Interruptions]:
    """Give what makes a world with users, whose runs may be interrupted."""

    def made(replication: str = "sync") -> Interruptions:
        world = World(replication=replication)
        world.install(monkeypatch)
        steps = [handler(name) for name in ("observe_sites", "observe_return", "fence_primary")]
        for module in (*steps, witnesses):
            monkeypatch.setattr(module, "ThreadPoolExecutor", machines.executor)
        world.users = Users()
        world.users.write(world)
        return Interruptions(world, machines)

    return made
