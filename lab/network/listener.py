"""Where one way begins: the socket at which whoever takes it arrives."""

import asyncio
import socket

from lab.network.carrying import carry
from lab.network.rules import State
from lab.network.way import Way

__all__ = ["Listener"]

BACKLOG = 128


class Listener:
    """Accepts for one way. A held way answers no SYN, so that connecting to it times out.

    Linux drops a SYN for a listener whose queue is full (``tcp_conn_request``), and a queue that
    has room for one is filled by one: nothing of it needs root.
    """

    def __init__(self, place: tuple[str, int], target: tuple[str, int], way: Way) -> None:
        self._target = target
        self._way = way
        self._socket = socket.create_server(place, backlog=BACKLOG)
        self._socket.setblocking(False)
        self._accepting: asyncio.Task[None] | None = None
        self._filler: socket.socket | None = None
        self._fillers: set[tuple[str, int]] = set()
        self._carried: set[asyncio.Task[None]] = set()

    def adopt(self) -> None:
        """Take up the way's rule as it is now."""
        if self._way.rule.state is State.HELD:
            self._silence()
        else:
            self._accept()

    def _silence(self) -> None:
        if self._filler is not None:
            return
        if self._accepting is not None:
            self._accepting.cancel()
            self._accepting = None
        self._socket.listen(0)
        self._filler = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._filler.setblocking(False)
        self._filler.connect_ex(self._socket.getsockname())
        self._fillers.add(self._filler.getsockname())

    def _accept(self) -> None:
        if self._filler is not None:
            self._filler.close()
            self._filler = None
        if self._accepting is None:
            self._socket.listen(BACKLOG)
            self._accepting = asyncio.create_task(self._accept_all())

    async def _accept_all(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            near, peer = await loop.sock_accept(self._socket)
            if peer in self._fillers:
                self._fillers.discard(peer)
                near.close()
                continue
            carried = asyncio.create_task(carry(near, self._target, self._way))
            self._carried.add(carried)
            carried.add_done_callback(self._carried.discard)
