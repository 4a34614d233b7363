"""Who asks: bearer tokens and the users and groups that they stand for."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lab.kubernetes.api import eks_tokens
from lab.kubernetes.api.errors import unauthorized

AUTHENTICATED = "system:authenticated"
MASTERS = "system:masters"


@dataclass(frozen=True)
class User:
    """A name with its groups; members of `system:masters` may do everything."""

    name: str
    groups: tuple[str, ...] = ()


def user_of(name: str, groups: Sequence[str] = ()) -> User:
    """Give a user who has signed in, and so is in `system:authenticated` too."""
    return User(name, (*(group for group in groups if group != AUTHENTICATED), AUTHENTICATED))


@dataclass
class Authenticator:
    """Turns an Authorization header into a user.

    `tokens` is a JSON file, token -> {"user", "groups"}, read again when it has changed;
    `eks_user` is who holds a valid EKS token.
    """

    tokens: Path
    eks_user: User | None = None
    _known: dict[str, User] = field(default_factory=dict)
    _read_at: int = -1

    def authenticate(self, header: str) -> User:
        """Give the user; raises ApiError 401 for no token and for one that is not known."""
        scheme, _, token = header.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise unauthorized()
        if token.startswith(eks_tokens.PREFIX) and self.eks_user is not None:
            if eks_tokens.fault(token):
                raise unauthorized()
            return self.eks_user
        self._refresh()
        if token not in self._known:
            raise unauthorized()
        return self._known[token]

    def _refresh(self) -> None:
        changed_at = self.tokens.stat().st_mtime_ns
        if changed_at == self._read_at:
            return
        entries = json.loads(self.tokens.read_text(encoding="utf-8"))
        self._known = {t: user_of(e["user"], e.get("groups", ())) for t, e in entries.items()}
        self._read_at = changed_at
