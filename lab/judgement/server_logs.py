"""When each site's PostgreSQL took writes, as its log tells it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from lab.judgement.evidence import LogEvent

__all__ = ["Taking", "takings"]


@dataclass(frozen=True)
class Taking:
    """A time in which a site took writes, in epoch seconds.

    A server that was killed says no last word: it took writes until ``surely_until``, where it was
    last heard of, and at most until ``latest_until``, where the next one started.
    """

    site: str
    began: float
    surely_until: float
    latest_until: float


class _Server:
    """One site's server, event by event."""

    def __init__(self, site: str) -> None:
        self.takings: list[Taking] = []
        self._site = site
        self._began: float | None = None
        self._heard = -math.inf
        self._primary = self._held = False

    def hear(self, event: LogEvent) -> None:
        match event.what:
            case "started":
                self._end(self._heard, event.at)
                self._primary = False
            case "standby":
                # Made from the other site's data, settings included: what was held is over.
                self._held = False
            case "writable":
                self._primary = True
            case "read-only":
                self._held = True
            case "read-write":
                self._held = False
            case "stopped":
                self._primary = False
            case _:
                pass
        self._heard = max(self._heard, event.at)
        takes = self._primary and not self._held
        if takes and self._began is None:
            self._began = event.at
        elif not takes:
            self._end(event.at, event.at)

    def _end(self, surely: float, latest: float) -> None:
        if self._began is not None:
            self.takings.append(Taking(self._site, self._began, surely, latest))
            self._began = None

    def close(self) -> None:
        """End the evidence: nobody knows when a server that still took writes stopped."""
        self._end(self._heard, math.inf)


def takings(site: str, events: Iterable[LogEvent]) -> list[Taking]:
    """Return the times in which the site took writes, in their order."""
    server = _Server(site)
    for event in sorted((one for one in events if one.site == site), key=lambda one: one.at):
        server.hear(event)
    server.close()
    return server.takings
