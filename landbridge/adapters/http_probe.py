"""HTTP as a witness asks it: one request, bounded in all by one time, to an address just resolved.

The name is resolved at the zone's own servers (``landbridge.adapters.name_servers``). The
connection goes to that address, with the name in SNI, in the certificate's check and in the Host
header.
Certificates are always verified, and one that does not verify is "unknown", not "down".
Redirects are not followed: Route 53's checkers take 3xx for healthy too.

Standard library and dnspython only: this is part of every Lambda bundle.
"""

import http.client
import io
import json
import socket
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any, NamedTuple, cast
from urllib.parse import SplitResult, urlsplit

from landbridge.adapters.name_servers import resolve
from landbridge.domain.errors import ConfigurationError, SiteUnknownError
from landbridge.domain.votes import ProbeOutcome

__all__ = ["NoAnswerError", "Probe", "probe", "request_json"]

MAX_ANSWER_BYTES = 1_048_576
_AGENT = "landbridge"


class Probe(NamedTuple):
    """How a probe ended: an HTTP status or an outcome, and the detail for the record."""

    result: int | ProbeOutcome
    detail: str


class NoAnswerError(OSError):
    """A request that got no whole HTTP answer; ``outcome`` says how that came, ``detail`` why."""

    def __init__(self, outcome: ProbeOutcome, detail: str) -> None:
        super().__init__(f"{outcome.value}: {detail}" if detail else outcome.value)
        self.outcome = outcome
        self.detail = detail


def probe(url: str, name_servers: Sequence[str], timeout_seconds: float) -> Probe:
    """GET the URL and return how that ended; the answer's body is not read.

    Raises ConfigurationError where ``url`` is not an http or https URL; nothing else.
    """
    request = _Request("GET", _parts(url), None, {})
    try:
        with _exchange(request, name_servers, timeout_seconds) as answer:
            return Probe(answer.status, url)
    except NoAnswerError as error:
        return Probe(error.outcome, error.detail)


def request_json(  # noqa: PLR0917 - the parts of a request, in HTTP's own order
    method: str,
    url: str,
    body: object = None,
    headers: Mapping[str, str] | None = None,
    timeout_seconds: float = 5.0,
    name_servers: Sequence[str] = (),
) -> tuple[int, Any]:
    """Send ``body`` as JSON (None: no body); return the status and the JSON that was answered.

    The JSON is None where the answer holds none. Raises NoAnswerError, which is an OSError, where
    there is no whole HTTP answer in time; ConfigurationError as ``probe`` does.
    """
    payload = None if body is None else json.dumps(body).encode()
    sent = {"Accept": "application/json", "Content-Type": "application/json", **(headers or {})}
    request = _Request(method, _parts(url), payload, sent)
    with _exchange(request, name_servers, timeout_seconds) as answer:
        data = answer.read(MAX_ANSWER_BYTES + 1)
    if len(data) > MAX_ANSWER_BYTES:
        raise NoAnswerError(ProbeOutcome.OTHER, f"the answer is over {MAX_ANSWER_BYTES} bytes")
    if answer.length:  # what Content-Length promised and did not come
        raise NoAnswerError(ProbeOutcome.OTHER, f"the answer is {answer.length} bytes short")
    try:
        return answer.status, json.loads(data)
    except ValueError:
        return answer.status, None


def _parts(url: str) -> SplitResult:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigurationError(f"{url!r} is not an http or https URL")
    return parts


class _Request(NamedTuple):
    method: str
    url: SplitResult
    body: bytes | None
    headers: Mapping[str, str]


@contextmanager
def _exchange(
    request: _Request, name_servers: Sequence[str], timeout_seconds: float
) -> Iterator[http.client.HTTPResponse]:
    """Give the answer while the connection is open; raise NoAnswerError for all that goes wrong."""
    deadline = _Deadline(timeout_seconds)
    host = str(request.url.hostname)
    with _named_failures():
        addresses = resolve(host, name_servers, deadline.left_seconds())
        connection = _connection(request.url)
        secure = request.url.scheme == "https"
        with closing(
            _connect(addresses, connection.port, host if secure else "", deadline)
        ) as sock:
            # Given a socket, http.client does not connect by itself.
            connection.sock = cast("Any", _BoundedSocket(sock, deadline))
            path = request.url.path or "/"
            target = f"{path}?{request.url.query}" if request.url.query else path
            headers = {"User-Agent": _AGENT, "Connection": "close", **request.headers}
            connection.request(request.method, target, request.body, headers)
            with closing(connection.getresponse()) as answer:
                yield answer


def _connection(url: SplitResult) -> http.client.HTTPConnection:
    # The class decides which port the Host header leaves out.
    if url.scheme == "https":
        return http.client.HTTPSConnection(str(url.hostname), url.port)
    return http.client.HTTPConnection(str(url.hostname), url.port)


class _Deadline:
    """The moment by which everything must be over."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def left_seconds(self) -> float:
        left = self._at - time.monotonic()
        if left <= 0:
            raise TimeoutError("no time left")
        return left


class _BoundedSocket:
    """A socket for http.client whose every operation ends by the deadline.

    A socket's own timeout starts anew with each byte that arrives, so it bounds no answer.
    """

    def __init__(self, sock: socket.socket, deadline: _Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def sendall(self, data: Any) -> None:
        self._sock.settimeout(self._deadline.left_seconds())
        self._sock.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_BoundedReader(self._sock, self._deadline))

    def close(self) -> None:
        """Do nothing: http.client closes before the answer's body was read."""


class _BoundedReader(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: _Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(self._deadline.left_seconds())
        return self._sock.recv_into(buffer)


def _connect(addresses: Sequence[str], port: int, name: str, deadline: _Deadline) -> socket.socket:
    """Connect to the first address that accepts, with TLS for ``name`` if there is one.

    Where none accepts, the failure that says least about the site is raised: one address that
    refuses and one that is silent are not "down".
    """
    failures: list[OSError] = []
    for position, address in enumerate(addresses):
        share = deadline.left_seconds() / (len(addresses) - position)
        try:
            sock = socket.create_connection((address, port), timeout=share)
        except OSError as error:
            failures.append(error)
        else:
            return _secured(sock, name, deadline) if name else sock
    raise next((e for e in failures if not isinstance(e, ConnectionError)), failures[-1])


def _secured(sock: socket.socket, name: str, deadline: _Deadline) -> socket.socket:
    # wrap_socket takes the socket over; a handshake that fails closes it.
    sock.settimeout(deadline.left_seconds())
    return ssl.create_default_context().wrap_socket(sock, server_hostname=name)


@contextmanager
def _named_failures() -> Iterator[None]:
    try:
        yield
    except SiteUnknownError as error:
        raise NoAnswerError(ProbeOutcome.NAME, error.message) from error
    except TimeoutError as error:
        raise NoAnswerError(ProbeOutcome.TIMEOUT, str(error)) from error
    except ConnectionRefusedError as error:
        raise NoAnswerError(ProbeOutcome.REFUSED, str(error)) from error
    except (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
        # Includes a connection that was closed before any answer, with or without TLS's goodbye.
        raise NoAnswerError(ProbeOutcome.RESET, str(error)) from error
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswerError(ProbeOutcome.OTHER, f"{type(error).__name__}: {error}") from error
