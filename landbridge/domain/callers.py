"""Who may ask the Function App for what, by an access token whose signature and times are right.

Sources: Microsoft Learn, "Access token claims reference", "Secure applications and APIs by
validating claims". A token of version 2.0 has the registration's id as its audience, the caller's
in ``azp``, and the roles that an administrator gave the caller; one for a person has scopes too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

__all__ = ["Role", "Trust", "refusal"]


class Role(StrEnum):
    """What an application can be given, as the registration names it."""

    ORCHESTRATOR = "Orchestrator"
    GATE_READER = "Gate.Read"  # a database's pod, before it starts
    OPERATOR = "Operator"  # a person, and nobody else has it


@dataclass(frozen=True)
class Trust:
    """Whose tokens are taken: the tenant's, for this application, of these callers."""

    authority: str
    tenant_id: str
    application_id: str
    callers: tuple[str, ...]

    @property
    def issuer(self) -> str:
        """The tenant's issuer, as version 2.0 has it."""
        return f"{self.authority}/{self.tenant_id}/v2.0"

    @property
    def keys_url(self) -> str:
        """Where the tenant's signing keys are."""
        return f"{self.authority}/{self.tenant_id}/discovery/v2.0/keys"


def refusal(claims: Mapping[str, Any], trust: Trust, roles: frozenset[Role]) -> str:
    """Return why a true token of this audience and issuer does not open the route, '' if it does.

    ``roles`` are those that do. A person's token opens it by ``OPERATOR`` alone, an application's
    by any other. The reason is for the log.
    """
    if claims.get("tid") != trust.tenant_id:
        return "the token is of another tenant"
    persons = frozenset({Role.OPERATOR})
    wanted = roles & persons if "scp" in claims else roles - persons
    if not wanted:
        return f"the token is {'a person' if 'scp' in claims else 'an application'}'s"
    if claims.get("azp") not in trust.callers:
        return "the application is none of the callers"
    given = claims.get("roles")
    if not isinstance(given, list) or wanted.isdisjoint(one for one in given if type(one) is str):
        return f"the caller has none of the roles {', '.join(sorted(wanted))}"
    return ""
