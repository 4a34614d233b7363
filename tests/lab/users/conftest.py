"""A name server, two sites and a certificate authority on loopback, for the users' tests."""

import asyncio
import datetime as dt
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from loopback_doubles import NAME, Loop, NameServer, Site


@pytest.fixture
def loop() -> Iterator[Loop]:
    """Yield a loop in a thread of its own."""
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture
def name_server(loop: Loop) -> Iterator[NameServer]:
    """Yield a name server on a free port of loopback, UDP and TCP."""
    server = NameServer()

    async def start() -> asyncio.Server:
        while True:  # until one number is free for both
            tcp = await asyncio.start_server(server.over_tcp, "127.0.0.1", 0)
            where = tcp.sockets[0].getsockname()
            try:
                await loop.loop.create_datagram_endpoint(lambda: server, local_addr=where)
            except OSError:
                tcp.close()
            else:
                return tcp

    tcp = loop.run(start())
    yield server

    async def stop() -> None:
        server.transport.close()
        tcp.close()
        await tcp.wait_closed()

    loop.run(stop())


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the PEM files of a certificate authority and of a server that it vouches for."""
    folder = tmp_path_factory.mktemp("certificates")
    now = dt.datetime.now(dt.UTC)

    def builder(subject: str, issuer: str, key: Any) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(minutes=5))
            .not_valid_after(now + dt.timedelta(hours=1))
        )

    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = (
        builder("root", "root", root_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    names = x509.SubjectAlternativeName([x509.DNSName(NAME)])
    leaf = builder("server", "root", key).add_extension(names, critical=False)
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(root.public_bytes(pem))
    (folder / "server.pem").write_bytes(
        leaf.sign(root_key, hashes.SHA256()).public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "ca.pem", folder / "server.pem"


@pytest.fixture
def sites(loop: Loop, authority: tuple[Path, Path]) -> Iterator[tuple[Site, Site, int]]:
    """Yield aws on 127.0.0.1 and azure on 127.0.0.2, on one port."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(authority[1])
    aws, azure = Site("aws", 1), Site("azure", 2)
    port = loop.run(aws.start("127.0.0.1", 0, tls))
    loop.run(azure.start("127.0.0.2", port, tls))
    yield aws, azure, port
    loop.run(aws.stop())
    loop.run(azure.stop())
