"""Tokens of service accounts, which a pod shows to somebody outside of its cluster.

Source: Kubernetes docs, "Configure Service Accounts for Pods", "ServiceAccount token volume
projection". A real kubelet has the API server sign them and renews them; here the node signs for
the cluster's issuer, for a day, which is longer than a pod of a lab waits.
"""

import time
from pathlib import Path

from lab.azure.signing import SigningKey

__all__ = ["LIFETIME_SECONDS", "ServiceTokens"]

LIFETIME_SECONDS = 24 * 3600


class ServiceTokens:
    """Signs for ``issuer`` with the PEM key in the file."""

    def __init__(self, issuer: str, private_key: Path) -> None:
        self._issuer = issuer
        self._key = SigningKey.read("cluster", private_key.read_text())

    def token(self, namespace: str, account: str, audience: str) -> str:
        """Return a token that says: this is that service account, for ``audience``."""
        now = int(time.time())
        claims = {
            "iss": self._issuer,
            "sub": f"system:serviceaccount:{namespace}:{account}",
            "aud": [audience],
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME_SECONDS,
        }
        return self._key.sign(claims)
