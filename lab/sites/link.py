"""A link between the sites: a TCP proxy that can be held, cut and healed."""

from lab.network.proxy import Proxy, Route
from lab.network.rules import Rule, State
from lab.processes.folder import LabFolder
from lab.processes.ports import free_ports

__all__ = ["Link"]


class Link:
    """One link of a lab, in a process of its own.

    Several may have their say on it at a time, each under its ``cause``: see ``lab.network.rules``.
    """

    def __init__(
        self, lab: LabFolder, *, target_host: str, target_port: int, name: str = "link"
    ) -> None:
        self.host, (self.port,) = "127.0.0.1", free_ports(1)
        self._way = (name,)
        route = Route(name, self.host, self.port, target_host, target_port)
        self._proxy = Proxy(lab, name, [route])

    def start(self) -> None:
        """Start it, open; returns when it listens."""
        self._proxy.start()

    def hold(self, cause: str = "") -> None:
        """Pass nothing on any more; connections stay open, new ones are not answered."""
        self.impose(cause, Rule(State.HELD))

    def cut(self, cause: str = "") -> None:
        """Reset every connection, new ones too."""
        self.impose(cause, Rule(State.CUT))

    def heal(self, cause: str = "") -> None:
        """Pass everything on again, what was held included, as far as it is up to ``cause``."""
        self._proxy.lift(cause, self._way)

    def impose(self, cause: str, rule: Rule) -> None:
        """Let ``cause`` have its say; it is so when this returns."""
        self._proxy.impose(cause, self._way, rule)
