"""One TCP connection through a proxy, ended as its ends end it: a close as a close, a reset as one.

What arrives is queued with the moment at which it is due, and goes on in order when it is due and
the way passes it. So a held way swallows data, closes and resets alike, in both directions, and a
late chunk holds up the ones behind it, as in TCP.
"""

import asyncio
import contextlib
import socket
import struct
from typing import Any

from lab.network.way import Way

__all__ = ["carry"]

CHUNK_BYTES = 65536
QUEUE_CHUNKS = 64  # what is on the way at once; a sender then waits, as for a full window
_AT_ONCE = struct.pack("ii", 1, 0)


class _Direction:
    """What one end sends to the other. A chunk of no bytes is the end; None is a reset."""

    def __init__(self, way: Way) -> None:
        self.given_up = False
        self._way = way
        self._queue: asyncio.Queue[tuple[float, bytes | None]] = asyncio.Queue(QUEUE_CHUNKS)

    async def read(self, source: socket.socket) -> None:
        """Take in what ``source`` sends until it ends."""
        loop, due = asyncio.get_running_loop(), 0.0
        while True:
            chunk: bytes | None
            try:
                chunk = await loop.sock_recv(source, CHUNK_BYTES)
            except OSError:
                chunk = None
            due = max(due, loop.time() + self._way.waits())
            self.given_up = not chunk
            await self._queue.put((due, chunk))
            if not chunk:
                return

    async def deliver(self, sink: socket.socket) -> None:
        """Give ``sink`` what was read; raises ConnectionResetError for a reset."""
        loop = asyncio.get_running_loop()
        while True:
            due, chunk = await self._queue.get()
            if due > loop.time():
                await asyncio.sleep(due - loop.time())
            await self._way.until_passable()
            if chunk is None:
                raise ConnectionResetError("the other end was reset")
            if not chunk:
                with contextlib.suppress(OSError):  # it may have gone by itself
                    sink.shutdown(socket.SHUT_WR)
                return
            await loop.sock_sendall(sink, chunk)


async def carry(near: socket.socket, target: tuple[str, int], way: Way) -> None:
    """Carry one accepted connection to ``target`` until both ends are done.

    Where the target refuses, the near end is reset, which to whoever asked means the same.
    """
    far = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    for end in (near, far):
        end.setblocking(False)
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    out, back = _Direction(way), _Direction(way)
    tasks = [asyncio.create_task(out.read(near))]
    whole = False
    try:
        if not await _opened(out, way):
            return
        await asyncio.get_running_loop().sock_connect(far, target)
        parts = (out.deliver(far), back.read(far), back.deliver(near))
        tasks += [asyncio.create_task(part) for part in parts]
        whole = await _all_done(tasks, way)
    except OSError:
        return  # refused, or the way was cut: ended below
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for end in (near, far):
            _end(end, reset=not whole)


async def _opened(out: _Direction, way: Way) -> bool:
    """Wait as for TCP's handshake; whether whoever asked is still there then.

    What an asker who gave up had sent must not arrive: in life it was never sent.
    """
    await way.until_passable()
    await asyncio.sleep(way.waits(opening=True))
    await way.until_passable()
    return not out.given_up


async def _all_done(tasks: list[asyncio.Task[None]], way: Way) -> bool:
    """Wait for both directions' ends; False where one was reset or the way was cut."""
    cut: asyncio.Future[Any] = asyncio.create_task(way.until_cut())
    both: asyncio.Future[Any] = asyncio.gather(*tasks)
    try:
        await asyncio.wait({both, cut}, return_when=asyncio.FIRST_COMPLETED)
        return both.done() and both.exception() is None
    finally:
        cut.cancel()
        both.cancel()


def _end(end: socket.socket, *, reset: bool) -> None:
    if reset:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    end.close()
