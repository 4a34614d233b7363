"""The lab's certificate authority and the certificates of its servers.

RFC 5280 extensions throughout: Python 3.13 and newer verify strictly (VERIFY_X509_STRICT).
"""

import copy
import datetime as dt
import ipaddress
import os
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

__all__ = [
    "Authority",
    "Certificate",
    "certificate_builder",
    "common_name",
    "key_usage",
    "subject_name",
    "write_certificate",
    "write_key",
]

_LIFE = dt.timedelta(days=90)  # as public ones live
_SKEW = dt.timedelta(hours=1)


@dataclass(frozen=True)
class Certificate:
    """Where a server's certificate and private key lie, as PEM."""

    certificate: Path
    private_key: Path


class Authority:
    """A certificate authority of one lab; its key never leaves this process.

    What it issues is written to ``folder``.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = common_name("landbridge lab authority")
        builder = certificate_builder(self._name, self._name, self._key.public_key())
        builder = builder.add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        builder = builder.add_extension(key_usage(authority=True), critical=True)
        self.path = folder / "authority.pem"
        self._certificate = builder.sign(self._key, hashes.SHA256())
        write_certificate(self.path, self._certificate)

    def issuing_into(self, folder: Path) -> "Authority":
        """Return the same authority, whose certificates of the same names are others' there."""
        same = copy.copy(self)
        same.folder = folder
        return same

    def client_context(self) -> ssl.SSLContext:
        """Return a context that trusts this authority and verifies names."""
        return ssl.create_default_context(cafile=str(self.path))

    def issue(
        self,
        name: str,
        subjects: Sequence[str],
        *,
        owner: int | None = None,
        life: dt.timedelta = _LIFE,
    ) -> Certificate:
        """Issue a certificate for host names and addresses, in place of an earlier one of ``name``.

        ``owner`` is a uid, for the key.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        builder = certificate_builder(common_name(name), self._name, key.public_key(), life)
        builder = builder.add_extension(
            x509.BasicConstraints(ca=False, path_length=None), critical=True
        )
        builder = builder.add_extension(key_usage(authority=False), critical=True)
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
        )
        builder = builder.add_extension(
            x509.SubjectAlternativeName([subject_name(one) for one in subjects]), critical=False
        )
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
            critical=False,
        )
        made = Certificate(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        signed = builder.sign(self._key, hashes.SHA256())
        write_certificate(made.certificate, signed)
        write_key(made.private_key, key)
        if owner is not None:
            os.chown(made.private_key, owner, -1)
        return made


def common_name(common: str) -> x509.Name:
    """Return the name that says this and no more."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def subject_name(text: str) -> x509.GeneralName:
    """Return the host name or address as a certificate has it."""
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def certificate_builder(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    life: dt.timedelta = _LIFE,
) -> x509.CertificateBuilder:
    """Return what every certificate begins with: whose, by whom, from an hour ago on."""
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer)
    builder = builder.public_key(public_key).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - _SKEW).not_valid_after(now + life)
    identifier = x509.SubjectKeyIdentifier.from_public_key(public_key)
    return builder.add_extension(identifier, critical=False)


def key_usage(*, authority: bool) -> x509.KeyUsage:
    """Return what an authority's key, or a server's, may be used for."""
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def write_certificate(path: Path, certificate: x509.Certificate) -> None:
    """Write it as PEM."""
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def write_key(path: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> None:
    """Write it as PEM that its owner alone may read."""
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
