"""The ways between the places of a lab, each of which a fault can take away or make worse.

A place is where parts stand that reach others: ``clients`` (the users), ``checkers`` (Route 53:
health checkers, name servers, the alarm), ``orchestrator`` (the Lambdas in their own region),
``aws`` and ``azure`` (a site: its pods and its database, in Azure the Function App too). A way
leads from who opens connections to the place where they arrive.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from lab.network.proxy import Proxy, Route
from lab.network.rules import Rule
from lab.processes.folder import LabFolder
from lab.processes.ports import free_ports
from lab.sites.link import Link

__all__ = ["ALL_PAIRS", "PAIRS", "WAYS", "Paths", "ways_of"]

Address = tuple[str, int]

# Who reaches which service, by the place where that stands.
_REACHES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "clients": {"aws": ["entry"], "azure": ["entry"], "checkers": ["name-server"]},
    "checkers": {
        "aws": ["entry"],
        "azure": ["entry", "function"],
        "orchestrator": ["alarm-events"],
    },
    "orchestrator": {
        "aws": ["entry", "database"],
        "azure": ["entry", "database", "function"],
        "checkers": ["name-server"],
    },
    "azure": {"aws": ["entry"]},
    "aws": {"azure": ["function"]},
}
WAYS = tuple(f"{opener}>{place}" for opener, places in _REACHES.items() for place in places)
PAIRS = tuple(dict.fromkeys("-".join(sorted(way.split(">"))) for way in WAYS))
# Every two places; a pair that is not in ``PAIRS`` has no way between them.
ALL_PAIRS = tuple("-".join(pair) for pair in combinations(sorted(_REACHES), 2))


def ways_of(parted: str) -> tuple[str, ...]:
    """Return the ways in ``aws>azure`` (that one) or ``aws-azure`` (both, as far as there are).

    A way is what one place opens to the other, its answers too: there is no partition that lets
    packets through in one direction only.
    """
    if ">" in parted:
        return (parted,)
    one, other = parted.split("-")
    return tuple(way for way in (f"{one}>{other}", f"{other}>{one}") if way in WAYS)


class Paths:
    """The ways of one lab: one proxy for all that has no link of its own.

    Everybody has a port of his own for each kind of service, the same on both entries' addresses,
    since a client knows its port and learns the address from DNS.
    """

    def __init__(self, lab: LabFolder) -> None:
        self._lab = lab
        kinds = [
            (opener, kind)
            for opener, places in _REACHES.items()
            for kind in dict.fromkeys(_key(place, s) for place in places for s in places[place])
        ]
        self._ports = dict(zip(kinds, free_ports(len(kinds)), strict=True))
        self._links: Mapping[str, Link] = {}

    def port(self, opener: str, service: str) -> int:
        """Return where ``opener`` reaches ``entry``, ``function``, ``aws-database``, ...

        Raises KeyError where it never does.
        """
        return self._ports[opener, service]

    def start(self, targets: Mapping[str, Address], links: Mapping[str, Link]) -> None:
        """Open every way to its target, by place and service: ``aws-entry``, ``azure-function``.

        ``links`` are ways that are there already, by their names as in ``WAYS``.
        """
        self._links = dict(links)
        self._routes = [
            self._route(opener, place, service, targets)
            for opener, places in _REACHES.items()
            for place, services in places.items()
            for service in services
        ]
        self._proxy = Proxy(self._lab, "paths", self._routes)
        self._proxy.start()

    def places(self, way: str) -> list[Address]:
        """Return where whoever takes the way connects."""
        by_link = [(self._links[way].host, self._links[way].port)] if way in self._links else []
        return by_link + [(one.host, one.port) for one in self._routes if one.way == way]

    def _route(
        self, opener: str, place: str, service: str, targets: Mapping[str, Address]
    ) -> Route:
        host, port = targets[f"{place}-{service}"]
        own = self.port(opener, _key(place, service))
        datagrams = service == "name-server"
        return Route(f"{opener}>{place}", host, own, host, port, datagrams)

    def impose(self, cause: str, ways: Iterable[str], rule: Rule) -> None:
        """Let ``cause`` have its say on these ways; it is so when this returns."""
        for way in ways:
            self._proxy.impose(cause, [way], rule)
            if way in self._links:
                self._links[way].impose(cause, rule)

    def lift(self, cause: str, ways: Iterable[str]) -> None:
        """Take back what ``cause`` said of these ways; harmless where it said nothing."""
        for way in ways:
            self._proxy.lift(cause, [way])
            if way in self._links:
                self._links[way].heal(cause)


def _key(place: str, service: str) -> str:
    return f"{place}-{service}" if service == "database" else service
