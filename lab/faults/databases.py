"""A site's PostgreSQL itself: frozen, or killed and back by itself."""

from lab.faults.fault import Effect, Fault, Scene
from lab.faults.sites import SITES, database_of, wait_well
from lab.processes.waiting import wait_until

__all__ = ["FAULTS"]


def _freeze(scene: Scene, site: str) -> str | None:
    """Stop it in its tracks; one that does not run stays as it is."""
    server = database_of(scene.clouds, site)
    if not server.processes():
        return _not_running(site)

    def frozen() -> bool:
        server.freeze()
        return server.is_frozen()

    wait_until(frozen, f"{site}'s database frozen")
    return None


def _thaw(scene: Scene, site: str) -> None:
    database_of(scene.clouds, site).thaw()


def _crash(scene: Scene, site: str) -> str | None:
    server = database_of(scene.clouds, site)
    if not server.processes():
        return _not_running(site)
    server.kill()
    return None


def _back(scene: Scene, site: str) -> None:
    wait_well(scene.clouds, site)


def _not_running(site: str) -> str:
    return f"{site}'s database does not run"


def _frozen_effect(site: str, _replication: str) -> Effect:
    return Effect.OUTAGE if site == "aws" else Effect.COMPANION


def _crash_effect(site: str, _replication: str) -> Effect:
    # AWS is back before an outage is confirmed: the probes see it.
    return Effect.QUIET if site == "aws" else Effect.COMPANION


FAULTS = (
    Fault(
        "database-freeze",
        "A site's database is frozen (SIGSTOP): connections stay open and nobody answers",
        _frozen_effect,
        _freeze,
        _thaw,
        _back,
        arguments=SITES,
    ),
    Fault(
        "database-crash",
        "A site's database is killed (SIGKILL): the kubelet starts it again",
        _crash_effect,
        _crash,
        settle=_back,
        arguments=SITES,
    ),
)
