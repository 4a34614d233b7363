"""The health checkers: independent regions, each checking every endpoint on its own clock."""

import asyncio
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from lab.dns import rules
from lab.dns.data_plane import CheckerMode, DataPlane
from lab.dns.probe import Budget, Observation, port_of, probe
from lab.dns.rules import HealthCheck

__all__ = ["REGIONS", "Checkers", "Network"]

# Route 53's own checker regions; five of its eight, so that one of them alone is over 18 %.
REGIONS = ("us-east-1", "us-west-2", "eu-west-1", "ap-southeast-1", "sa-east-1")


@dataclass(frozen=True)
class Network:
    """What the lab has in place of the internet outside the zone.

    ``hosts`` gives addresses to names of other zones. ``ports`` says where what listens on a well-
    known port really listens: ``"127.0.0.5:443"`` or ``"*:443"`` to a port.
    """

    hosts: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)

    def endpoint(self, address: str, port: int) -> tuple[str, int]:
        """Return where to connect for an address and port."""
        return address, self.ports.get(f"{address}:{port}", self.ports.get(f"*:{port}", port))


class Checkers:
    """One task for each pair of checker and endpoint check; ``reconcile`` keeps them right."""

    def __init__(self, plane: DataPlane, network: Network, time_scale: float) -> None:
        self._plane = plane
        self._network = network
        self._time_scale = time_scale
        self._budget = Budget.for_time_scale(time_scale)
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        # Done only when a checker breaks: a checker that is silently gone would look like a choice.
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def reconcile(self) -> None:
        """Start and stop tasks so that they fit the checks and the checkers' modes."""
        wanted = {
            (checker, check.id)
            for checker, mode in self._plane.modes.items()
            if mode is not CheckerMode.OFF
            for check in self._plane.checks.values()
            if rules.is_endpoint(check) and not check.disabled
        }
        for key in self._tasks.keys() - wanted:
            self._tasks.pop(key).cancel()
        for key in wanted - self._tasks.keys():
            self._tasks[key] = asyncio.create_task(self._watch(*key))
            self._tasks[key].add_done_callback(self._notice_failure)

    async def stop(self) -> None:
        """Cancel every task and wait for them; their errors come out at ``failure``."""
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _notice_failure(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None and not self.failure.done():
            self.failure.set_exception(error)

    async def _watch(self, checker: str, check_id: str) -> None:
        """Check one endpoint from one region until cancelled, once in each interval."""
        loop = asyncio.get_running_loop()
        interval = self._plane.checks[check_id].request_interval_seconds * self._time_scale
        due = loop.time() + interval * self._phase(checker, check_id)
        while True:
            await asyncio.sleep(due - loop.time())
            check = self._plane.checks[check_id]
            seen = await self._look(checker, check)
            self._plane.observe(check_id, checker, passed=seen.passed, detail=seen.detail)
            # A check that outlasts its interval skips turns instead of catching up.
            turns = max(1, -int(-(loop.time() - due) // interval))
            due += interval * turns

    def _phase(self, checker: str, check_id: str) -> float:
        """Return a checker's place within the interval: regions evenly apart, checks anywhere."""
        names = list(self._plane.modes)
        jitter = zlib.crc32(check_id.encode()) / 2**32
        return (names.index(checker) / len(names) + jitter) % 1.0

    async def _look(self, checker: str, check: HealthCheck) -> Observation:
        if self._plane.modes[checker] is CheckerMode.BLOCKED:
            return Observation(passed=False, detail="Failure: this checker is cut off")
        address = check.address or self._resolve(check.fqdn)
        if address is None:
            return Observation(passed=False, detail="Failure: DNS resolution failed")
        return await probe(check, self._network.endpoint(address, port_of(check)), self._budget)

    def _resolve(self, name: str) -> str | None:
        if name in self._network.hosts:
            return self._network.hosts[name]
        if _is_address(name):
            return name
        return self._plane.zone.address_of(name, self._plane.healthy)


def _is_address(name: str) -> bool:
    parts = name.split(".")
    return len(parts) == 4 and all(part.isdigit() for part in parts)  # noqa: PLR2004 - IPv4
