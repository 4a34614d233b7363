"""Sending one order over a user's keep-alive connections, and naming how it ended."""

import errno
import json
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import aiohttp

__all__ = ["Acknowledgement", "Connections", "WriteFailedError", "post_order", "reason_of"]

_REASONS = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.EPIPE: "reset",
    errno.ECONNABORTED: "reset",
    errno.ETIMEDOUT: "timeout",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
}


class WriteFailedError(Exception):
    """The write was not acknowledged; ``reason`` is its class."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Acknowledgement:
    """What the service said of a write that it committed."""

    site: str
    epoch: int
    number: int


def reason_of(error: BaseException) -> str:
    """Return the class of a failure below HTTP: refused, reset, timeout, unreachable, tls, ..."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, TimeoutError):
            return "timeout"
        if isinstance(cause, (aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError)):
            return "reset"
        if isinstance(cause, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
            return "reset"
        if isinstance(cause, ssl.SSLError):
            return "tls"
        if isinstance(cause, OSError) and cause.errno in _REASONS:
            return _REASONS[cause.errno]
        cause = getattr(cause, "os_error", None) or cause.__cause__ or cause.__context__
    return "protocol"


class Connections:
    """One user's connections to the address that the name has now.

    The choice: when the name resolves elsewhere, no new write goes to the old address. Writes that
    are under way there end as they end, then the old connections are closed.
    """

    def __init__(self, name: str, port: int, tls: ssl.SSLContext) -> None:
        self._name = name
        self._port = port
        self._tls = tls
        self._current: tuple[str, aiohttp.ClientSession] | None = None
        self._leases: Counter[aiohttp.ClientSession] = Counter()

    @asynccontextmanager
    async def to(self, address: str) -> AsyncIterator[aiohttp.ClientSession]:
        """Lend a session whose requests go to ``address``."""
        retired: aiohttp.ClientSession | None = None
        if self._current is None or self._current[0] != address:
            retired = self._current[1] if self._current else None
            self._current = (address, self._open(address))
        session = self._current[1]
        self._leases[session] += 1
        try:
            if retired is not None:
                await self._close_unused(retired)
            yield session
        finally:
            self._leases[session] -= 1
            await self._close_unused(session)

    def _open(self, address: str) -> aiohttp.ClientSession:
        trace = aiohttp.TraceConfig()
        trace.on_connection_create_end.append(_note_sent)
        trace.on_connection_reuseconn.append(_note_sent)
        return aiohttp.ClientSession(
            f"https://{address}:{self._port}",
            connector=aiohttp.TCPConnector(limit=0, ssl=self._tls),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Host": f"{self._name}:{self._port}"},
            timeout=aiohttp.ClientTimeout(total=None),
            trace_configs=[trace],
        )

    async def close(self) -> None:
        """Close the connections, those in use when their request has ended."""
        retired, self._current = self._current, None
        if retired is not None:
            await self._close_unused(retired[1])

    async def _close_unused(self, session: aiohttp.ClientSession) -> None:
        retired = self._current is None or self._current[1] is not session
        if self._leases[session] == 0:
            del self._leases[session]
            if retired:
                await session.close()


async def _note_sent(_: aiohttp.ClientSession, context: SimpleNamespace, __: Any) -> None:
    on_connected = context.trace_request_ctx
    if on_connected is not None:
        on_connected()


async def post_order(
    connections: Connections,
    address: str,
    order: dict[str, object],
    *,
    name: str,
    on_connected: Callable[[], None],
) -> Acknowledgement:
    """POST the order once, ``on_connected`` called before it goes; raises WriteFailedError."""
    try:
        async with (
            connections.to(address) as session,
            session.post(
                "/orders",
                json=order,
                server_hostname=name,
                allow_redirects=False,
                trace_request_ctx=on_connected,
            ) as response,
        ):
            body = await response.read()
            status = response.status
    except (aiohttp.ClientError, OSError) as error:
        raise WriteFailedError(reason_of(error)) from error
    if status not in {200, 201}:
        raise WriteFailedError(f"http-{status}")
    return _parse(body)


def _parse(body: bytes) -> Acknowledgement:
    try:
        row = json.loads(body)
        return Acknowledgement(str(row["site"]), int(row["epoch"]), int(row["number"]))
    except (ValueError, KeyError, TypeError) as error:
        # Success without an order in it: nobody may call that order safe.
        raise WriteFailedError("malformed") from error
