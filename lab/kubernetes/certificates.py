"""Certificates and keys for a real API server on loopback."""

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from lab.sites.certificates import (
    certificate_builder,
    common_name,
    key_usage,
    subject_name,
    write_certificate,
    write_key,
)

__all__ = ["write_authority", "write_signed", "write_signing_key"]

_AUTHORITY = common_name("lab-ca")


def write_authority(folder: Path) -> None:
    """Write `ca.crt` and `ca.key`."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        certificate_builder(_AUTHORITY, _AUTHORITY, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage(authority=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    write_key(folder / "ca.key", key)
    write_certificate(folder / "ca.crt", certificate)


def write_signed(folder: Path, name: str) -> None:
    """Write `<name>.crt` and `<name>.key` for 127.0.0.1, signed by the folder's authority."""
    authority = x509.load_pem_x509_certificate((folder / "ca.crt").read_bytes())
    signing = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
    if not isinstance(signing, ec.EllipticCurvePrivateKey):
        raise TypeError("the authority's key is of another kind")
    key = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([subject_name(one) for one in ("127.0.0.1", "localhost")])
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key())
    if authority.subject != _AUTHORITY:
        raise ValueError(f"{folder / 'ca.crt'} was not made by write_authority")
    certificate = (
        certificate_builder(common_name(name), _AUTHORITY, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(names, critical=False)
        .add_extension(issuer, critical=False)
        .sign(signing, hashes.SHA256())
    )
    write_key(folder / f"{name}.key", key)
    write_certificate(folder / f"{name}.crt", certificate)


def write_signing_key(path: Path) -> None:
    """Write the RSA key that signs service accounts' tokens."""
    write_key(path, rsa.generate_private_key(public_exponent=65537, key_size=2048))
