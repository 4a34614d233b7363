"""What strangers cost: the vetoes' gate is read once a second at most, and each asks only so often.

Route 53's checkers ask without a token, each from its own address, so anybody may. A limit for all
together would let a stranger take the vetoes away from the checkers, so each address has its own.
"""

import ipaddress
import logging
import os
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import cache
from threading import Lock

from azure_functions.app_settings import VETO_REQUESTS_PER_SECOND, veto_requests_per_second
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.gate import Gate

__all__ = ["Admission", "LatestGate", "admission"]

logger = logging.getLogger(__name__)

_FRESH_SECONDS = 1.0
_MOST_ADDRESSES = 4096
_BURST_SECONDS = 2.0  # of the rate, at once
_IPV6_HOST_BITS = 64  # one host has them all


class LatestGate:
    """The gate as it was at most a second ago; None where it is not known."""

    def __init__(
        self, read: Callable[[], Gate | None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._read, self._clock = read, clock
        self._reading = Lock()
        self._seen: tuple[float, Gate | None] | None = None
        self._forgotten = 0

    def look(self) -> Gate | None:
        """Return it; those who ask at once wait for one reading."""
        with self._reading:
            now = self._clock()
            if self._seen is None or now - self._seen[0] >= _FRESH_SECONDS:
                forgotten = self._forgotten
                gate = self._read()
                self._seen = (now, gate)
                if forgotten != self._forgotten:  # it was written while it was read
                    self._seen = None
                return gate
            return self._seen[1]

    def forget(self) -> None:
        """Let the next look read: the gate may have been written."""
        self._forgotten += 1
        self._seen = None


class Admission:
    """A token bucket for each address, of the last few thousand that asked."""

    def __init__(
        self, requests_per_second: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate, self._clock = requests_per_second, clock
        self._burst = max(1.0, requests_per_second * _BURST_SECONDS)
        self._lock = Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def admits(self, forwarded_for: str) -> bool:
        """Whether the request may be answered; ``forwarded_for`` is App Service's header.

        Its last entry is the address that the front end saw; those before it are whatever the
        client wrote.
        """
        address = _network(forwarded_for.rpartition(",")[2].strip())
        now = self._clock()
        with self._lock:
            left, at = self._left.pop(address, (self._burst, now))
            left = min(self._burst, left + (now - at) * self._rate)
            admitted = left >= 1.0
            self._left[address] = (left - 1.0 if admitted else left, now)
            while len(self._left) > _MOST_ADDRESSES:
                self._left.popitem(last=False)
        return admitted


def _network(text: str) -> str:
    host = text[1:].partition("]")[0] if text.startswith("[") else text
    if host.count(":") == 1:  # IPv4 with its port
        host = host.partition(":")[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ""
    if address.version == 6:  # noqa: PLR2004 - IP's own
        return str(int(address) >> _IPV6_HOST_BITS)
    return str(address)


@cache
def admission() -> Admission:
    """Return the app's own."""
    try:
        return Admission(veto_requests_per_second(os.environ))
    except ConfigurationError:  # vetoes matter more than how often they are asked for
        logger.exception("%s a second it is", VETO_REQUESTS_PER_SECOND)
        return Admission(VETO_REQUESTS_PER_SECOND)
