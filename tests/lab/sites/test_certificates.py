"""Certificates that strict clients accept, for their own names only."""

import os
import ssl
import stat

import pytest

from lab.sites.certificates import Authority, Certificate

SUBJECTS = ("orders.shop.test", "localhost", "127.3.4.5")


def handshake(authority: Authority, certificate: Certificate, name: str) -> None:
    """Do a TLS handshake in memory as a client that verifies strictly and wants ``name``."""
    client_context = ssl.create_default_context(cafile=authority.path)
    client_context.verify_flags |= ssl.VERIFY_X509_STRICT
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(certificate.certificate, certificate.private_key)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context.wrap_bio(to_client, to_server, server_hostname=name)
    server = server_context.wrap_bio(to_server, to_client, server_side=True)
    waiting = [client, server]
    while waiting:
        side = waiting.pop(0)
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            waiting.append(side)


@pytest.fixture(scope="module")
def certificate(authority: Authority) -> Certificate:
    """Issue one certificate."""
    return authority.issue("entry", SUBJECTS)


@pytest.mark.parametrize("name", SUBJECTS)
def test_each_name_and_address_is_accepted(
    authority: Authority, certificate: Certificate, name: str
) -> None:
    """A strict client accepts every subject, host name or address."""
    handshake(authority, certificate, name)


@pytest.mark.parametrize("name", ["health.shop.test", "127.3.4.6"])
def test_another_name_is_refused(authority: Authority, certificate: Certificate, name: str) -> None:
    """A certificate is good for its own names only."""
    with pytest.raises(ssl.SSLCertVerificationError, match=r"mismatch|not valid for"):
        handshake(authority, certificate, name)


def test_a_private_key_is_private(certificate: Certificate) -> None:
    """Only its owner may read a private key."""
    assert stat.S_IMODE(certificate.private_key.stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="giving a file away needs root")
def test_a_key_belongs_to_whom_it_is_for(authority: Authority) -> None:
    """PostgreSQL's user owns its server's key."""
    issued = authority.issue("database", ["localhost"], owner=65534)
    assert issued.private_key.stat().st_uid == 65534
