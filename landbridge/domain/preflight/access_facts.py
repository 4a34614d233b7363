"""What the preflight must know of who may come into a database, and may do what there."""

from dataclasses import dataclass

__all__ = ["AccessRule", "Role", "Session"]


@dataclass(frozen=True)
class Role:
    """A role; ``own`` is landbridge's, as which it is asked.

    ``attributes`` are CREATE ROLE's words, ``grants`` what was granted to it by name, as ``EXECUTE
    on pg_promote(boolean, integer)`` or ``role pg_monitor``; ``lacks`` what a standby's rebuild
    would miss; ``owns`` how many objects are its own, in all databases.
    """

    name: str
    own: bool
    attributes: frozenset[str]
    grants: frozenset[str] = frozenset()
    lacks: tuple[str, ...] = ()
    owns: int = 0


@dataclass(frozen=True)
class AccessRule:
    """A line of pg_hba.conf: ``place`` is its file and number, ``error`` why it is not read."""

    place: str
    type: str
    databases: tuple[str, ...]
    users: tuple[str, ...]
    address: str
    method: str
    error: str = ""

    @property
    def over_network(self) -> bool:
        """Whether it lets somebody in from another host."""
        from_here = self.address in {"127.0.0.1", "::1"}
        return self.type.startswith("host") and self.method != "reject" and not from_here


@dataclass(frozen=True)
class Session:
    """A role's connections over the network; ``encrypted``: by TLS."""

    role: str
    is_superuser: bool
    encrypted: bool
