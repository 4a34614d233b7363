"""Keep-alive HTTPS/1.1 to one address, and a user's pool of such connections.

On the standard library alone, because a drill freezes hosts: when a write times out its connection
must be gone at once, and a library's polite TLS farewell to a frozen host lasts half a minute.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

__all__ = ["Connection", "Pool", "ProtocolError", "Response"]

_INTERIM = range(100, 200)


class ProtocolError(Exception):
    """The other side does not speak HTTP/1.1."""


@dataclass(frozen=True)
class Response:
    """One answer, whole."""

    status: int
    body: bytes


class Connection:
    """One open connection; ``usable`` says whether it can carry another request."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._kept = True

    @property
    def usable(self) -> bool:
        """Whether both sides have kept it open."""
        return self._kept and not self._reader.at_eof() and not self._writer.is_closing()

    def drop(self) -> None:
        """Close it without a farewell."""
        self._kept = False
        self._writer.transport.abort()

    async def request(self, method: str, path: str, host: str, body: bytes = b"") -> Response:
        """Send one request and read its answer; raises OSError, EOFError, ProtocolError."""
        head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nAccept: application/json\r\n"
        if body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        self._kept = False  # until the answer is whole
        self._writer.write(f"{head}\r\n".encode() + body)
        await self._writer.drain()
        try:
            status, headers = await self._head()
            while status in _INTERIM:
                status, headers = await self._head()
            answer = await self._body(headers)
        except (ValueError, IndexError, asyncio.LimitOverrunError) as error:
            raise ProtocolError(str(error)) from error
        whole = "content-length" in headers or "transfer-encoding" in headers
        self._kept = whole and headers.get("connection", "").lower() != "close"
        return Response(status, answer)

    async def _head(self) -> tuple[int, dict[str, str]]:
        lines = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        version, status = lines[0].split(" ")[:2]
        if not version.startswith("HTTP/1."):
            raise ValueError(f"{lines[0]!r} is no status line")
        pairs = (line.split(":", 1) for line in lines[1:] if line)
        return int(status), {name.strip().lower(): value.strip() for name, value in pairs}

    async def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return await self._chunks()
        if "content-length" in headers:
            return await self._reader.readexactly(int(headers["content-length"]))
        return await self._reader.read()

    async def _chunks(self) -> bytes:
        body = b""
        while size := int((await self._reader.readuntil(b"\r\n")).split(b";")[0], 16):
            body += (await self._reader.readexactly(size + 2))[:-2]
        while await self._reader.readuntil(b"\r\n") != b"\r\n":
            pass  # trailers
        return body


class Pool:
    """One user's connections to the address that the name has now.

    The choice: when the name resolves elsewhere, no new request goes to the old address. Requests
    that are under way there end as they end; idle connections to it are dropped at once.
    """

    def __init__(self, name: str, port: int, tls: ssl.SSLContext) -> None:
        self._name = name
        self._port = port
        self._tls = tls
        self._address: str | None = None
        self._idle: list[Connection] = []

    async def request(
        self,
        address: str,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        on_connected: Callable[[], None] = lambda: None,
    ) -> Response:
        """Send one request to ``address``; ``on_connected`` is called just before it goes."""
        async with self._to(address) as connection:
            on_connected()
            return await connection.request(method, path, f"{self._name}:{self._port}", body)

    @asynccontextmanager
    async def _to(self, address: str) -> AsyncIterator[Connection]:
        if address != self._address:
            self.close()
            self._address = address
        connection = self._kept() or await self._open(address)
        try:
            yield connection
        finally:
            if connection.usable and address == self._address:
                self._idle.append(connection)
            else:
                connection.drop()

    def _kept(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.usable:
                return connection
            connection.drop()
        return None

    async def _open(self, address: str) -> Connection:
        reader, writer = await asyncio.open_connection(
            address, self._port, ssl=self._tls, server_hostname=self._name
        )
        return Connection(reader, writer)

    def close(self) -> None:
        """Drop idle connections, and those in use when their request has ended."""
        self._address = None
        while self._idle:
            self._idle.pop().drop()
