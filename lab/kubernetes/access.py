"""What every cluster of the lab offers once it runs, its own and a real one alike."""

import base64
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kubernetes import client

from lab.kubernetes.api.eks_tokens import PREFIX
from lab.kubernetes.connection import Connection
from lab.kubernetes.endpoints import Address, PodEndpoints
from lab.kubernetes.manifests import Manifests, apply_manifests

ADMIN, CONTROLLERS, NODE = "admin", "lab:controllers", "lab:node"
OWN = (ADMIN, CONTROLLERS, NODE)
MASTERS = "system:masters"


@dataclass(frozen=True)
class User:
    """Somebody whom the cluster knows; `token` '' has one made."""

    name: str
    groups: tuple[str, ...] = ()
    token: str = ""


class Access:
    """A cluster's users and the ways in.

    ``tokens_file`` is the JSON that the cluster's servers look at whenever somebody shows a token
    which may change: token -> {"user", "groups"}.
    """

    def __init__(self, tokens_file: Path, ca_file: Path | None = None) -> None:
        self.url = ""
        self._ca_file = ca_file
        self._tokens_file = tokens_file
        self._tokens: dict[str, str] = {}
        self._users: dict[str, User] = {}
        self._refused: dict[str, set[str]] = {}
        self._endpoints: dict[tuple[str, str], PodEndpoints] = {}

    def admit(self, users: Iterable[User], eks_user: User | None = None) -> None:
        """Give every user a token, the lab's own three first; who has one already keeps it.

        ``eks_user`` is whoever shows a valid EKS token.
        """
        own = [User(name, (MASTERS,)) for name in OWN]
        by_eks = () if eks_user is None else (User(eks_user.name, eks_user.groups, PREFIX),)
        for user in (*own, *users, *by_eks):
            self._users[user.name] = user
            self._tokens.setdefault(user.name, user.token or secrets.token_urlsafe(24))
        self._publish()

    def known(self) -> dict[str, User]:
        """Give token -> user of those who are let in."""
        return {
            token: self._users[name]
            for name, token in self._tokens.items()
            if not self._refused.get(name)
        }

    def refuse(self, user: str, reason: str) -> None:
        """Take no token of this user any more: who shows one gets 401."""
        self._refused.setdefault(user, set()).add(reason)
        self._publish()

    def accept(self, user: str, reason: str) -> None:
        """Take the user's token again, once every reason to refuse it is gone."""
        self._refused.get(user, set()).discard(reason)
        self._publish()

    def renew(self, user: str) -> str:
        """Give the user a new token; the one before is not taken any more."""
        self._tokens[user] = secrets.token_urlsafe(24)
        self._publish()
        return self._tokens[user]

    def _publish(self) -> None:
        entries = {
            token: {"user": user.name, "groups": list(user.groups)}
            for token, user in self.known().items()
        }
        # Renamed into place: nobody reads half of it.
        fresh = self._tokens_file.with_suffix(".new")
        write_private(fresh, json.dumps(entries))
        fresh.rename(self._tokens_file)

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
