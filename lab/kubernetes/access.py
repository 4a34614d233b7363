"""What every cluster of the lab offers once it runs, its own and a real one alike."""

import base64
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kubernetes import client

from lab.kubernetes.connection import Connection
from lab.kubernetes.endpoints import Address, PodEndpoints
from lab.kubernetes.manifests import Manifests, apply_manifests

ADMIN, CONTROLLERS, NODE = "admin", "lab:controllers", "lab:node"
MASTERS = "system:masters"


@dataclass(frozen=True)
class User:
    """Somebody whom the cluster knows; `token` '' has one made."""

    name: str
    groups: tuple[str, ...] = ()
    token: str = ""


class Access:
    """A cluster's users and the ways in."""

    def __init__(self, ca_file: Path | None = None) -> None:
        self.url = ""
        self._ca_file = ca_file
        self._tokens: dict[str, str] = {}
        self._endpoints: dict[tuple[str, str], PodEndpoints] = {}

    def admit(self, users: Iterable[User]) -> dict[str, User]:
        """Give every user a token, the lab's own three first; gives token -> user."""
        own = [User(name, (MASTERS,)) for name in (ADMIN, CONTROLLERS, NODE)]
        known = {user.token or secrets.token_urlsafe(24): user for user in (*own, *users)}
        self._tokens = {user.name: token for token, user in known.items()}
        return known

    def token(self, user: str) -> str:
        """Give a user's bearer token; raises KeyError for nobody's name."""
        return self._tokens[user]

    def connection(self, user: str = ADMIN) -> Connection:
        """Give the way to reach the cluster as a user."""
        return Connection(self.url, self.token(user), self._ca_file)

    @property
    def ca_base64(self) -> str:
        """The authority of the cluster's certificate as base64 PEM; '' where it has none."""
        return base64.b64encode(self._ca_file.read_bytes()).decode() if self._ca_file else ""

    def admin(self) -> client.ApiClient:
        """Give an official client that may do everything."""
        return self.connection().api_client()

    def apply(self, manifests: Manifests) -> None:
        """Create each object, or merge-patch one that is there, in order."""
        apply_manifests(self.connection(), manifests)

    def pod_addresses(self, namespace: str, labels: Mapping[str, str]) -> list[Address]:
        """Give (ip, port) of the ready pods; kept by a watch, so cheap to ask often."""
        key = (namespace, json.dumps(labels, sort_keys=True))
        if key not in self._endpoints:
            self._endpoints[key] = PodEndpoints(self.connection(), namespace, labels)
        return self._endpoints[key].addresses()

    def stop_following(self) -> None:
        """End the watches of `pod_addresses`."""
        for endpoints in self._endpoints.values():
            endpoints.close()
        self._endpoints.clear()


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read."""
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
