"""UDP through a proxy: each asker by a socket of its own, and what is held or lost is gone."""

import asyncio
import contextlib
import socket
from typing import cast

from lab.network.rules import State
from lab.network.way import Way

__all__ = ["Datagrams"]

Address = tuple[str, int]
LONGEST = 65535
ASKER_SECONDS = 30.0


class Datagrams(asyncio.DatagramProtocol):
    """Passes datagrams on to ``target`` and its answers back to who asked."""

    def __init__(self, target: Address, way: Way) -> None:
        self._target = target
        self._way = way
        self._loop = asyncio.get_running_loop()
        self._askers: dict[Address, socket.socket] = {}
        self._near: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket at which askers arrive."""
        # asyncio's own UDP transport is no subclass of the documented class in Python 3.11.
        self._near = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """Pass one question on, if it arrives."""
        if (seconds := self._travel()) is not None:
            self._loop.call_later(seconds, self._ask, data, addr)

    def _travel(self) -> float | None:
        """Return the seconds that one datagram travels; None where it does not arrive."""
        rule = self._way.rule
        if rule.state is not State.OPEN or self._way.chance().random() < rule.loss:
            return None
        return rule.latency_seconds / 2

    def _ask(self, data: bytes, asker: Address) -> None:
        far = self._askers.get(asker)
        if far is None:
            far = self._askers[asker] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            far.setblocking(False)
            far.connect(self._target)
            self._loop.add_reader(far, self._answered, far, asker)
            self._loop.call_later(ASKER_SECONDS, self._forget, asker)
        with contextlib.suppress(OSError):  # nobody listens: UDP has nothing to say of it here
            far.send(data)

    def _answered(self, far: socket.socket, asker: Address) -> None:
        with contextlib.suppress(OSError):
            data = far.recv(LONGEST)
            if (seconds := self._travel()) is not None and self._near is not None:
                self._loop.call_later(seconds, self._near.sendto, data, asker)

    def _forget(self, asker: Address) -> None:
        far = self._askers.pop(asker)
        self._loop.remove_reader(far)
        far.close()
