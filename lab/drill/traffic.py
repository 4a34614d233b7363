"""The users of a drill: one process outside everything that it judges."""

from pathlib import Path

from lab.clouds.clouds import Clouds
from lab.processes.children import Child, python
from lab.processes.waiting import wait_until
from lab.users.ledger import LedgerTail

__all__ = ["Traffic"]

ENOUGH_WRITES = 20


class Traffic:
    """Users that write from ``start`` to ``stop``; ``ledger`` is their file."""

    def __init__(
        self,
        clouds: Clouds,
        *,
        clients: int,
        rate: float,
        seed: int,
        own_caches: bool = False,
    ) -> None:
        self.ledger: Path = clouds.lab.folder("users") / "ledger.jsonl"
        self._kept = self.ledger.with_name("kept-seconds")
        self._clouds = clouds
        self._arguments = (
            *("--name", clouds.configuration.names.failover),
            *("--port", str(clouds.port("clients", "entry"))),
            *("--name-server", f"127.0.0.1:{clouds.port('clients', 'name-server')}"),
            *("--ca-file", clouds.authority.path),
            *("--ledger", self.ledger),
            *("--keep-file", self._kept),
            *("--clients", str(clients)),
            *("--rate", str(rate)),
            *("--seed", str(seed)),
            *(("--own-caches",) if own_caches else ()),
        )
        self._child: Child | None = None

    def start(self) -> None:
        """Start them; returns when enough of their writes were acknowledged."""
        self.ledger.touch(mode=0o600)
        self._child = self._clouds.lab.spawn(
            "users", python("-m", "lab.users.client", *self._arguments)
        )
        self.wait_for_writes(None, ENOUGH_WRITES, timeout_seconds=30.0)

    def wait_for_writes(self, site: str | None, count: int, timeout_seconds: float) -> None:
        """Return when ``count`` more writes were acknowledged, by ``site`` or by any."""
        tail, seen = LedgerTail(self.ledger), 0
        tail.read()

        def enough() -> bool:
            nonlocal seen
            for event in tail.read():
                seen += event["event"] == "acknowledged" and site in {None, event["site"]}
            return seen >= count

        wait_until(
            enough,
            f"{count} writes acknowledged by {site or 'anybody'}",
            child=self._child,
            timeout_seconds=timeout_seconds,
        )

    def keep_answers(self, seconds: float) -> None:
        """Let the users keep DNS's answers for so long, whatever their TTL; 0: as the TTL says."""
        if not seconds:
            self._kept.unlink(missing_ok=True)
            return
        fresh = self._kept.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.rename(self._kept)

    def stop(self) -> None:
        """Let what is under way end, and no more begin."""
        if self._child is not None:
            self._child.stop(timeout_seconds=10.0)
