"""When certificates end, seen as their clients see it."""

import datetime as dt
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from lab.sites.certificates import Authority
from landbridge.adapters.certificates import https_certificate, postgres_certificate

DAY = 86_400
SECONDS = 5.0


@pytest.fixture(name="authority")
def _authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    authority = Authority(tmp_path / "authority")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    return authority


@contextmanager
def server(authority: Authority, life: dt.timedelta, greeting: bytes = b"") -> Iterator[int]:
    """Serve TLS once on loopback, after PostgreSQL's request where there is a greeting for it."""
    made = authority.issue("server", ["127.0.0.1"], life=life)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made.certificate, made.private_key)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            connection, _ = listener.accept()
            with closing(connection):
                if greeting:
                    assert connection.recv(8) == b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
                    connection.sendall(greeting)
                with context.wrap_socket(connection, server_side=True) as sock:
                    sock.recv(1)
        except OSError:
            return  # the client went away, which is what some tests are about

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()
        thread.join()


@pytest.mark.parametrize("days", [3, 60])
def test_the_days_that_are_left(authority: Authority, days: int) -> None:
    """HTTPS and PostgreSQL's own handshake tell the same end."""
    with server(authority, dt.timedelta(days=days)) as port:
        web = https_certificate("entry", "127.0.0.1", port, (), SECONDS)
    with server(authority, dt.timedelta(days=days), b"S") as port:
        database = postgres_certificate("database", "127.0.0.1", port, SECONDS)
    for seen in (web, database):
        assert seen.expires_at is not None
        assert (seen.expires_at - time.time()) / DAY == pytest.approx(days, abs=0.01)
        assert (seen.reason, seen.refused) == ("", False)


def test_one_that_is_over_does_not_verify(authority: Authority) -> None:
    """Who verifies refuses it: that is known, and not merely unseen."""
    with server(authority, dt.timedelta(minutes=-1)) as port:
        seen = https_certificate("entry", "127.0.0.1", port, (), SECONDS)
    assert (seen.expires_at, seen.refused) == (None, True)
    assert "expired" in seen.reason


def test_one_of_a_stranger_does_not_verify(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An authority that is not trusted is a refusal too."""
    stranger = Authority(tmp_path / "stranger")
    with server(authority, dt.timedelta(days=60), b"S") as port:
        monkeypatch.setenv("SSL_CERT_FILE", str(stranger.path))
        seen = postgres_certificate("database", "127.0.0.1", port, SECONDS)
    assert seen.refused


def test_a_server_without_tls_or_without_a_listener_is_not_seen(authority: Authority) -> None:
    """Nothing is known of a certificate that nobody showed."""
    with server(authority, dt.timedelta(days=60), b"N") as port:
        plain = postgres_certificate("database", "127.0.0.1", port, SECONDS)
    gone = https_certificate("entry", "127.0.0.1", port, (), SECONDS)
    for seen, words in ((plain, "does not speak TLS"), (gone, "refused")):
        assert (seen.expires_at, seen.refused) == (None, False)
        assert words in seen.reason
