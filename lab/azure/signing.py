"""RSA keys of token issuers: private as PEM for who signs, public as JWK for who checks."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

__all__ = ["SigningKey", "key_set"]

_BITS = 2048


@dataclass(frozen=True)
class SigningKey:
    """One key with its name."""

    key_id: str
    private: rsa.RSAPrivateKey

    @classmethod
    def made(cls, key_id: str) -> "SigningKey":
        """Return a new key."""
        return cls(key_id, rsa.generate_private_key(public_exponent=65_537, key_size=_BITS))

    @classmethod
    def read(cls, key_id: str, pem: str) -> "SigningKey":
        """Return the key of a PEM text; checking an RSA key takes a tenth of a second, once."""
        key: Any = serialization.load_pem_private_key(pem.encode(), None)
        return cls(key_id, key)

    @cached_property
    def pem(self) -> str:
        """The private key as PEM, for its owner alone."""
        return self.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()

    @property
    def public(self) -> dict[str, Any]:
        """The public key as a JWK."""
        document = dict(json.loads(RSAAlgorithm.to_jwk(self.private.public_key())))
        return {**document, "kid": self.key_id, "use": "sig"}

    def sign(self, claims: dict[str, Any]) -> str:
        """Return the claims as a signed token."""
        return jwt.encode(claims, self.private, "RS256", headers={"kid": self.key_id})


def key_set(*keys: SigningKey) -> dict[str, Any]:
    """Return what an issuer publishes."""
    return {"keys": [key.public for key in keys]}
