"""One request of one health checker, as Route 53 makes it, over a connection of its own."""

import asyncio
import os
import socket
import ssl
from dataclasses import dataclass

from lab.dns.rules import CheckType, HealthCheck

__all__ = ["Budget", "Observation", "probe"]

_STRING_MATCH_BYTES = 5120
_DEFAULT_PORTS = {
    CheckType.HTTP: 80,
    CheckType.HTTP_STR_MATCH: 80,
    CheckType.HTTPS: 443,
    CheckType.HTTPS_STR_MATCH: 443,
}
_TLS = {CheckType.HTTPS, CheckType.HTTPS_STR_MATCH}
_STRING_MATCH = {CheckType.HTTP_STR_MATCH, CheckType.HTTPS_STR_MATCH}


@dataclass(frozen=True)
class Observation:
    """Whether the endpoint passed, and the sentence that says why."""

    passed: bool
    detail: str


@dataclass(frozen=True)
class Budget:
    """The response times within which an endpoint must answer, in seconds.

    In life: 4 to connect (10 for TCP checks), 2 more for the status, 2 more for a searched body.
    Scaled time keeps a second each, or a busy machine would look like a dead endpoint.
    """

    connect_seconds: float
    tcp_connect_seconds: float
    answer_seconds: float

    @classmethod
    def for_time_scale(cls, time_scale: float) -> "Budget":
        """Return the budget where a second of life lasts ``time_scale`` seconds."""

        def scaled(life_seconds: float) -> float:
            return min(life_seconds, max(1.0, life_seconds * time_scale))

        return cls(scaled(4.0), scaled(10.0), scaled(2.0))


def _unverified_tls() -> ssl.SSLContext:
    """Return Route 53's view of TLS: health checks do not validate certificates."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


_CONTEXT = _unverified_tls()


def port_of(check: HealthCheck) -> int:
    """Return the port a check is for, by its type where it names none."""
    return check.port or _DEFAULT_PORTS.get(check.kind, 0)


async def probe(check: HealthCheck, endpoint: tuple[str, int], budget: Budget) -> Observation:
    """Check the endpoint (address, port) once; whatever goes wrong is a failed check."""
    is_tcp = check.kind is CheckType.TCP
    seconds = budget.tcp_connect_seconds if is_tcp else budget.connect_seconds
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    connection.setblocking(False)
    try:
        async with asyncio.timeout(seconds):
            await asyncio.get_running_loop().sock_connect(connection, endpoint)
    except TimeoutError:
        connection.close()
        return Observation(passed=False, detail="Failure: The connection timed out")
    except OSError as error:
        connection.close()
        return Observation(passed=False, detail=f"Failure: {_reason(error)}")
    if is_tcp:
        connection.close()
        return Observation(passed=True, detail="Success: connected")
    try:
        return await _request(check, connection, budget)
    except TimeoutError:
        return Observation(passed=False, detail="Failure: No answer in time")
    except (OSError, ValueError, asyncio.IncompleteReadError) as error:
        return Observation(passed=False, detail=f"Failure: {type(error).__name__}: {error}")


def _reason(error: OSError) -> str:
    """Return the system's sentence; asyncio's own text repeats the address."""
    return str(error) if error.errno is None else os.strerror(error.errno)


async def _request(check: HealthCheck, connection: socket.socket, budget: Budget) -> Observation:
    async with asyncio.timeout(budget.answer_seconds):
        reader, writer = await _open(check, connection)
        try:
            writer.write(_request_bytes(check))
            status = _status_code(await reader.readline())
        except BaseException:
            # No farewell: a peer that hangs would hold the checker past its budget.
            writer.transport.abort()
            raise
    try:
        if not 200 <= status < 400:  # noqa: PLR2004 - 2xx and 3xx
            return Observation(passed=False, detail=f"Failure: HTTP Status Code {status}")
        if check.kind in _STRING_MATCH:
            return await _search(check, reader, budget)
        return Observation(passed=True, detail=f"Success: HTTP Status Code {status}")
    finally:
        writer.close()


async def _open(
    check: HealthCheck, connection: socket.socket
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Hand the connection to asyncio, which closes it from then on, whatever happens."""
    if check.kind not in _TLS:
        return await asyncio.open_connection(sock=connection)
    return await asyncio.open_connection(
        sock=connection,
        ssl=_CONTEXT,
        server_hostname=check.fqdn if check.send_server_name else "",
        ssl_shutdown_timeout=1.0,
    )


async def _search(check: HealthCheck, reader: asyncio.StreamReader, budget: Budget) -> Observation:
    """Look for SearchString in the body's first 5,120 bytes, which get two more seconds."""
    async with asyncio.timeout(budget.answer_seconds):
        await reader.readuntil(b"\r\n\r\n")
        body = b""
        while len(body) < _STRING_MATCH_BYTES:
            part = await reader.read(_STRING_MATCH_BYTES - len(body))
            if not part:
                break
            body += part
    found = check.search_string.encode() in body
    return Observation(passed=found, detail=f"{'Success' if found else 'Failure'}: string match")


def _status_code(line: bytes) -> int:
    version, _, rest = line.partition(b" ")
    if not version.startswith(b"HTTP/") or not rest[:3].isdigit():
        raise ValueError(f"no HTTP status line: {line[:40]!r}")
    return int(rest[:3])


def _request_bytes(check: HealthCheck) -> bytes:
    """Write the request; Host carries the port where it is not the scheme's own (API text)."""
    host, port = check.fqdn or check.address, port_of(check)
    if port != _DEFAULT_PORTS[check.kind]:
        host = f"{host}:{port}"
    path = check.path if check.path.startswith("/") else f"/{check.path}"
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAccept: */*\r\n"
        f"User-Agent: Amazon-Route53-Health-Check-Service (ref {check.id})\r\n\r\n"
    ).encode()
