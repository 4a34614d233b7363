"""The name server's sockets: one port of the loopback, UDP and TCP."""

import asyncio
import errno
import socket
import struct
from collections.abc import Callable
from typing import cast

from lab.dns.wire import TCP_LIMIT, UDP_LIMIT

__all__ = ["Answerer", "NameServerSockets"]

# A query's bytes and the transport's size limit in; the answer's bytes, or None for silence.
Answerer = Callable[[bytes, int], bytes | None]
# How long this query waits before it is looked at, in seconds.
Waiting = Callable[[], float]

_LOOPBACK = "127.0.0.1"
_ATTEMPTS = 20
_TCP_IDLE_SECONDS = 10.0


class NameServerSockets:
    """Both sockets of a name server; ``port`` is known once ``open`` returned."""

    def __init__(self, answer: Answerer, waits: Waiting = lambda: 0.0) -> None:
        self._answer = answer
        self._waits = waits
        self._udp: asyncio.DatagramTransport | None = None
        self._tcp: asyncio.Server | None = None
        self.port = 0

    async def open(self, port: int) -> None:
        """Listen; port 0 takes one that is free for UDP and TCP alike. Raises OSError."""
        udp, tcp = _bind_both(port)
        self.port = udp.getsockname()[1]
        loop = asyncio.get_running_loop()
        self._udp, _ = await loop.create_datagram_endpoint(
            lambda: _Udp(self._answer, self._waits), sock=udp
        )
        self._tcp = await asyncio.start_server(self._serve_tcp, sock=tcp)

    def close(self) -> None:
        """Stop listening."""
        if self._udp is not None:
            self._udp.close()
        if self._tcp is not None:
            self._tcp.close()

    async def _serve_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer queries on one connection until the peer ends it or falls silent."""
        try:
            while True:
                async with asyncio.timeout(_TCP_IDLE_SECONDS):
                    (length,) = struct.unpack("!H", await reader.readexactly(2))
                    query = await reader.readexactly(length)
                await asyncio.sleep(self._waits())
                response = self._answer(query, TCP_LIMIT)
                if response is not None:
                    writer.write(struct.pack("!H", len(response)) + response)
                    await writer.drain()
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError):
            pass  # a resolver hangs up when it has what it wants
        finally:
            writer.close()


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, answer: Answerer, waits: Waiting) -> None:
        self._answer = answer
        self._waits = waits
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # asyncio's own UDP transport is no subclass of the documented class in Python 3.11.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        seconds = self._waits()
        if seconds:
            asyncio.get_running_loop().call_later(seconds, self._respond, data, addr)
        else:
            self._respond(data, addr)

    def _respond(self, data: bytes, addr: tuple[str, int]) -> None:
        response = self._answer(data, UDP_LIMIT)
        if response is not None and self._transport is not None:
            self._transport.sendto(response, addr)


def _bind_both(port: int) -> tuple[socket.socket, socket.socket]:
    for attempt in range(1, _ATTEMPTS + 1):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            udp.bind((_LOOPBACK, port))
            tcp.bind(udp.getsockname())
        except OSError as error:
            udp.close()
            tcp.close()
            # A port that is free for UDP may be taken for TCP; asked for any, try another.
            if port or error.errno != errno.EADDRINUSE or attempt == _ATTEMPTS:
                raise
        else:
            return udp, tcp
    raise AssertionError("unreachable: the last attempt returned or raised")
