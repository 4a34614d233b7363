"""One request as a witness makes it, against a real HTTPS server."""

import json
import socket
import ssl
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lab.sites.certificates import Authority, Certificate
from landbridge.adapters.http_probe import NoAnswerError, probe, request_json
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.votes import ProbeOutcome, Vote, ballot_of_probe
from tests.adapters.scripted_name_server import name_server
from tests.adapters.serving import running

HEALTH = "health.shop.test"


@pytest.fixture(scope="module", name="authority")
def _authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module", name="certificate")
def _certificate(authority: Authority) -> Certificate:
    return authority.issue("health", [HEALTH, "127.0.0.1"])


@pytest.fixture(name="_trusted")
def _trust(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))


class Answer(BaseHTTPRequestHandler):
    """Answers with the status in the path, and with what it was asked as JSON."""

    def do_GET(self) -> None:
        """Answer; ``/text`` answers no JSON."""
        length = int(self.headers.get("Content-Length", 0))
        asked = {
            "method": self.command,
            "host": self.headers["Host"],
            "key": self.headers["x-functions-key"],
            "body": json.loads(self.rfile.read(length) or "null"),
        }
        body = b"plain" if self.path.startswith("/text") else json.dumps(asked).encode()
        self.send_response(int(self.path.rpartition("/")[2] or 200))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - as http.server looks it up

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@contextmanager
def serving(certificate: Certificate | None = None) -> Iterator[int]:
    """Serve Answer on 127.0.0.1, over TLS with a certificate; give the port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.certificate, certificate.private_key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    with running(server):
        yield server.server_port


@contextmanager
def treating(connection: Callable[[socket.socket], object]) -> Iterator[int]:
    """Accept one connection and do that to it; give the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            accepted, _ = listener.accept()
            with accepted:
                connection(accepted)

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            thread.join()


@pytest.mark.usefixtures("_trusted")
def test_name_goes_to_the_address_of_the_zone(certificate: Certificate) -> None:
    """The name resolves at the zone's server; SNI, certificate and Host are the name's."""
    script = {HEALTH: [f"{HEALTH} A 127.0.0.1"]}
    with serving(certificate) as port, name_server(script) as zone:
        url = f"https://{HEALTH}:{port}"

        assert probe(f"{url}/200", [zone.address], 5.0).result == 200
        _, asked = request_json("GET", f"{url}/200", name_servers=[zone.address])
        assert asked["host"] == f"{HEALTH}:{port}"


@pytest.mark.parametrize(
    ("status", "vote"),
    [(200, Vote.UP), (302, Vote.UP), (404, Vote.UNKNOWN), (429, Vote.UNKNOWN), (503, Vote.DOWN)],
)
def test_status_is_the_vote(status: int, vote: Vote) -> None:
    """A status comes back as it is, redirects not followed, and makes the vote."""
    with serving() as port:
        seen = probe(f"http://127.0.0.1:{port}/{status}", [], 5.0)

    assert seen.result == status
    assert ballot_of_probe("azure", seen.result, seen.detail).vote is vote


def test_nobody_listens() -> None:
    """A refused connection is a vote for down."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    assert probe(f"https://127.0.0.1:{port}/ready", [], 5.0).result is ProbeOutcome.REFUSED


def reset(connection: socket.socket) -> None:
    """End the connection with RST."""
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def close(connection: socket.socket) -> None:
    """End the connection in order, without an answer."""
    connection.recv(65536)


@pytest.mark.parametrize("treatment", [reset, close])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_connection_ends_without_an_answer(
    treatment: Callable[[socket.socket], object], scheme: str
) -> None:
    """A connection that the other side ends before any answer counts as reset."""
    with treating(treatment) as port:
        assert probe(f"{scheme}://127.0.0.1:{port}/", [], 5.0).result is ProbeOutcome.RESET


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_silence(scheme: str) -> None:
    """A server that accepts and says nothing is unknown once the time is up."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        seen = probe(f"{scheme}://127.0.0.1:{silent.getsockname()[1]}/", [], 0.2)

    assert seen.result is ProbeOutcome.TIMEOUT
    assert ballot_of_probe("azure", seen.result).vote is Vote.UNKNOWN


def test_answer_that_drips() -> None:
    """A server that sends a byte now and then can't hold a probe longer than its time."""
    ended = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.recv(65536)
        while not ended.wait(0.05):
            connection.send(b"H")

    def listen(connection: socket.socket) -> None:
        try:
            drip(connection)
        except OSError:
            return  # the probe went away: that is what is wanted

    with treating(listen) as port:
        try:
            seen = probe(f"http://127.0.0.1:{port}/", [], 0.4)
        finally:
            ended.set()

    assert seen.result is ProbeOutcome.TIMEOUT


def test_name_that_does_not_resolve() -> None:
    """A name that the zone's servers do not know is unknown, not down."""
    with name_server({}) as zone:
        seen = probe(f"https://{HEALTH}/ready", [zone.address], 5.0)

    assert seen.result is ProbeOutcome.NAME
    assert "NXDOMAIN" in seen.detail
    assert ballot_of_probe("azure", seen.result).vote is Vote.UNKNOWN


def test_authority_that_is_not_trusted(certificate: Certificate) -> None:
    """A certificate that does not verify is unknown, not down and not up."""
    with serving(certificate) as port:
        seen = probe(f"https://127.0.0.1:{port}/200", [], 5.0)

    assert seen.result is ProbeOutcome.OTHER
    assert "CERTIFICATE_VERIFY_FAILED" in seen.detail


@pytest.mark.usefixtures("_trusted")
def test_certificate_for_another_name(certificate: Certificate) -> None:
    """A certificate of the right authority for another name is not taken."""
    script = {"other.shop.test": ["other.shop.test A 127.0.0.1"]}
    with serving(certificate) as port, name_server(script) as zone:
        seen = probe(f"https://other.shop.test:{port}/200", [zone.address], 5.0)

    assert seen.result is ProbeOutcome.OTHER
    assert "other.shop.test" in seen.detail


def test_second_address_serves() -> None:
    """Where one of a name's addresses refuses and the next one serves, the site is up."""
    script = {HEALTH: [f"{HEALTH} A 127.0.0.2", f"{HEALTH} A 127.0.0.1"]}
    with serving() as port, name_server(script) as zone:
        assert probe(f"http://{HEALTH}:{port}/200", [zone.address], 5.0).result == 200


@pytest.mark.parametrize("url", ["", "health.shop.test/ready", "ftp://health.shop.test/"])
def test_url_that_is_none(url: str) -> None:
    """What is no http or https URL is a setting to mend."""
    with pytest.raises(ConfigurationError):
        probe(url, [], 1.0)


def test_json_both_ways() -> None:
    """The body goes out as JSON with the headers, and the answer comes back with its status."""
    with serving() as port:
        status, answered = request_json(
            "POST", f"http://127.0.0.1:{port}/201", {"to": "open"}, {"x-functions-key": "k"}, 5.0
        )

    assert status == 201
    assert answered["method"] == "POST"
    assert answered["key"] == "k"
    assert answered["body"] == {"to": "open"}


@pytest.mark.parametrize("status", [200, 503])
def test_answer_without_json(status: int) -> None:
    """An answer that is not JSON is its status and None."""
    with serving() as port:
        assert request_json("GET", f"http://127.0.0.1:{port}/text/{status}") == (status, None)


def test_request_without_an_answer() -> None:
    """A request that gets no answer raises with the outcome, as an OSError."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(OSError, match="connection refused") as raised:
        request_json("GET", f"http://127.0.0.1:{port}/")
    assert isinstance(raised.value, NoAnswerError)
    assert raised.value.outcome is ProbeOutcome.REFUSED


def test_answer_that_breaks_off() -> None:
    """An answer shorter than it promised is no answer."""

    def break_off(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}")

    with treating(break_off) as port, pytest.raises(NoAnswerError):
        request_json("GET", f"http://127.0.0.1:{port}/")


def test_answer_without_end() -> None:
    """An answer over the limit is refused rather than read to its end."""

    def flood(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            for _ in range(64):
                connection.sendall(b" " * 65536)
        except OSError:
            return  # the reader went away: that is what is wanted

    with treating(flood) as port, pytest.raises(NoAnswerError, match="bytes"):
        request_json("GET", f"http://127.0.0.1:{port}/")


def test_only_the_standard_library_is_needed(tmp_path: Path) -> None:
    """The two modules that every Lambda carries import nothing that is not in its bundle."""
    code = (
        "import sys; import landbridge.adapters.http_probe; "
        "print(*{n.partition('.')[0] for n, m in sys.modules.items() "
        "if 'site-packages' in (getattr(m, '__file__', '') or '')})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )

    assert set(done.stdout.split()) <= {"_distutils_hack"}
