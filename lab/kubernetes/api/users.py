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

    `tokens` is a JSON file, token -> {"user", "groups"}, read again when it has changed. The prefix
    of EKS tokens stands for each of them that is valid; where it is missing, so is who has them.
    """

    tokens: Path
    _known: dict[str, User] = field(default_factory=dict)
    _read: tuple[int, int] = (-1, -1)

    def authenticate(self, header: str) -> User:
        """Give the user; raises ApiError 401 for no token and for one that is not known."""
        scheme, _, token = header.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise unauthorized()
        self._refresh()
        if token.startswith(eks_tokens.PREFIX):
            token = "" if eks_tokens.fault(token) else eks_tokens.PREFIX
        if token not in self._known:
            raise unauthorized()
        return self._known[token]

    def _refresh(self) -> None:
        found = self.tokens.stat()
        version = (found.st_ino, found.st_mtime_ns)
        if version == self._read:
            return
        entries = json.loads(self.tokens.read_text(encoding="utf-8"))
        self._known = {t: user_of(e["user"], e.get("groups", ())) for t, e in entries.items()}
        self._read = version
