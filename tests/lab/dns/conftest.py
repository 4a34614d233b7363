"""Real endpoints, a real Route 53 API and a deadline for the tests of the lab's DNS."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lab.dns.control_plane import ControlPlane

DEADLINE_SECONDS = 20.0


class Endpoint:
    """An HTTP(S) server on the loopback whose answers the test sets, by path."""

    def __init__(self, certificate: Path | None) -> None:
        endpoint = self
        self.statuses: dict[str, int] = {}
        self.headers: list[dict[str, str]] = []
        self.body = b"fine"
        self.hold = threading.Event()
        self.hold.set()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                endpoint.headers.append(dict(self.headers))
                endpoint.hold.wait()
                self.send_response(endpoint.statuses.get(self.path, 404))
                self.end_headers()
                self.wfile.write(endpoint.body)

            def log_message(self, *_arguments: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_arguments: Any) -> None:
                """Say nothing of checkers that hang up."""

        self._server = Server(("127.0.0.1", 0), Handler)
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self.hold.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture(scope="session", name="expired_certificate")
def _expired_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return key and certificate in one file: self-signed, for another name, expired."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "elsewhere.test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now - timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture(scope="module", name="shared_https")
def _shared_https(expired_certificate: Path) -> Iterator[Endpoint]:
    endpoint = Endpoint(expired_certificate)
    yield endpoint
    endpoint.close()


@pytest.fixture(name="https")
def _https(expired_certificate: Path) -> Iterator[Endpoint]:
    endpoint = Endpoint(expired_certificate)
    yield endpoint
    endpoint.close()


@pytest.fixture(name="http")
def _http() -> Iterator[Endpoint]:
    endpoint = Endpoint(None)
    yield endpoint
    endpoint.close()


@pytest.fixture(scope="session", name="session_control_plane")
def _session_control_plane() -> Iterator[ControlPlane]:
    with ControlPlane() as control_plane:
        yield control_plane


@pytest.fixture(scope="module", name="control_plane")
def _control_plane(session_control_plane: ControlPlane) -> ControlPlane:
    """Return the API, empty: checks of other modules would be checked by every data plane."""
    connection = HTTPConnection(session_control_plane.url.removeprefix("http://"), timeout=10)
    connection.request("POST", "/moto-api/reset")
    assert connection.getresponse().status == 200
    connection.close()
    return session_control_plane


@pytest.fixture(name="eventually")
def _eventually() -> Callable[[Callable[[], Any]], Any]:
    """Return a function that asks until the answer is true, and fails at a deadline."""

    def eventually(ask: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not (answer := ask()):
            assert time.monotonic() < deadline, "not so in time"
            time.sleep(0.01)
        return answer

    return eventually
