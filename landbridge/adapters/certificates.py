"""When a server's certificate ends, as a client that verifies it sees it.

Sources: PostgreSQL 16, "Message Formats", SSLRequest; RFC 5280 through Python's ssl module.
"""

import socket
import ssl
import struct
from collections.abc import Callable, Sequence

from landbridge.adapters.name_servers import resolve
from landbridge.domain.errors import SiteUnknownError
from landbridge.domain.preflight.certificates import Certificate

__all__ = ["https_certificate", "postgres_certificate"]

_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
_WILLING = b"S"


def https_certificate(
    name: str, host: str, port: int, name_servers: Sequence[str], timeout_seconds: float
) -> Certificate:
    """Return the certificate that ``host`` shows; what went wrong is its reason."""

    def connect() -> socket.socket:
        address = resolve(host, name_servers, timeout_seconds)[0]
        return socket.create_connection((address, port), timeout_seconds)

    return _certificate(name, host, connect)


def postgres_certificate(name: str, host: str, port: int, timeout_seconds: float) -> Certificate:
    """Return the certificate that a PostgreSQL server shows; what went wrong is its reason."""

    def connect() -> socket.socket:
        sock = socket.create_connection((host, port), timeout_seconds)
        sock.sendall(_SSL_REQUEST)
        if sock.recv(1) != _WILLING:
            sock.close()
            raise ssl.SSLError("the server does not speak TLS")
        return sock

    return _certificate(name, host, connect)


def _certificate(name: str, host: str, connect: Callable[[], socket.socket]) -> Certificate:
    try:
        with (
            connect() as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host) as sock,
        ):
            shown = sock.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        return Certificate(name, None, f"{host}: {error.verify_message}", refused=True)
    except (OSError, SiteUnknownError) as error:
        return Certificate(name, None, f"{host}: {error}")
    return Certificate(name, ssl.cert_time_to_seconds(str(shown["notAfter"])))
