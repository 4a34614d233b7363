"""A process that stands on the ways between places: a listener for each, and a rule for each.

Run as ``python -m lab.network.proxy --routes JSON --rules FILE``. The rules are read before every
chunk, so a way is held from the moment that the file says so.

What needs no root, and is here: a blackhole in both directions of a connection, for new ones from
the SYN on; a cut; latency; UDP that gets lost. What would need root, and a network namespace for
each place, and is imitated or not there: packets of TCP that get lost (here a chunk is late by the
retransmission time-out), a handshake that takes as long as the latency (here the first answer is
late by that), keep-alive probes that get no answer (here the proxy's kernel answers them), and a
refusal (whoever connects to a target that refuses gets a reset instead).
"""

import argparse
import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lab.network.datagrams import Datagrams
from lab.network.listener import Listener
from lab.network.rules import Rule, Rules, RulesFile
from lab.network.way import Way
from lab.processes.children import Child, python
from lab.processes.folder import LabFolder
from lab.processes.waiting import wait_for_port

__all__ = ["Proxy", "Route"]

LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class Route:
    """From where the proxy listens to the target; UDP too where it has ``datagrams``.

    Routes of one ``way`` share its rule.
    """

    way: str
    host: str
    port: int
    target_host: str
    target_port: int
    datagrams: bool = False


class Proxy:
    """One proxy of a lab, in a process of its own."""

    def __init__(self, lab: LabFolder, name: str, routes: Sequence[Route]) -> None:
        self._lab, self._name, self._routes = lab, name, tuple(routes)
        self._rules = RulesFile(lab.folder(name) / "rules.json")
        self._child: Child | None = None

    def start(self) -> None:
        """Start it; returns when it listens everywhere."""
        routes = json.dumps([asdict(route) for route in self._routes])
        arguments = ("--routes", routes, "--rules", self._rules.path)
        self._child = self._lab.spawn(self._name, python("-m", "lab.network.proxy", *arguments))
        for route in self._routes:
            wait_for_port(route.host, route.port, child=self._child)

    def impose(self, cause: str, ways: Iterable[str], rule: Rule) -> None:
        """Let ``cause`` have its say on these ways; it is so when this returns."""
        self._rules.impose(cause, ways, rule)

    def lift(self, cause: str, ways: Iterable[str]) -> None:
        """Take back what ``cause`` said of these ways."""
        self._rules.lift(cause, ways)


async def _listen(route: Route, way: Way) -> Listener:
    place, target = (route.host, route.port), (route.target_host, route.target_port)
    if route.datagrams:
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: Datagrams(target, way), local_addr=place)
    return Listener(place, target, way)


async def _serve(routes: Sequence[Route], rules: Rules) -> None:
    ways = {route.way: Way(route.way, rules) for route in routes}
    listeners = [await _listen(route, ways[route.way]) for route in routes]
    edition = None
    while True:
        if (now := rules.edition()) != edition:
            edition = now
            for listener in listeners:
                listener.adopt()
            for way in ways.values():
                way.announce()
        await asyncio.sleep(LOOK_SECONDS)


def _main() -> None:
    parser = argparse.ArgumentParser("lab.network.proxy", description=__doc__)
    parser.add_argument("--routes", required=True, type=json.loads)
    parser.add_argument("--rules", required=True, type=Path)
    given = parser.parse_args()
    routes = [Route(**fields) for fields in given.routes]
    asyncio.run(_serve(routes, Rules(given.rules)))


if __name__ == "__main__":
    _main()
