"""A tenant of Entra ID: registrations, federated credentials, roles, and the tokens it gives.

Sources: Microsoft Learn, "OAuth 2.0 client credentials flow", "Workload identity federation",
"Access token claims reference", "Authentication and authorization error codes". A token is dated
five minutes back, for clocks that are behind, and lives for an hour from now.
"""

import hmac
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jwt

from lab.azure.signing import SigningKey, key_set

__all__ = ["AZURE_CLI", "Credential", "Person", "RefusedError", "Registration", "Tenant"]

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
AUDIENCE = "api://AzureADTokenExchange"
# The Azure CLI's own registration, the same in every tenant.
AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
LIFETIME_SECONDS = 3600
_BACK_SECONDS = 300


class RefusedError(Exception):
    """No token; the message is Entra's, beginning with its code."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error


@dataclass(frozen=True)
class Credential:
    """A federated credential: whose word is taken for the client, by ``keys`` (a JWK set)."""

    issuer: str
    subject: str
    keys: Mapping[str, Any]


@dataclass(frozen=True)
class Registration:
    """A client: what proves that it is itself, and its roles at the one application there is."""

    roles: Sequence[str]
    credentials: Sequence[Credential] = ()
    secret: str = ""


@dataclass(frozen=True)
class Person:
    """Somebody who signed in with a program (``client``), which keeps ``refresh_token`` of that."""

    refresh_token: str
    roles: Sequence[str]
    client: str = AZURE_CLI


@dataclass
class Tenant:
    """Gives tokens for ``application_id``; ``keys`` are published, the last one signs."""

    url: str
    tenant_id: str
    application_id: str
    registrations: Mapping[str, Registration]
    persons: Sequence[Person] = ()
    keys: list[SigningKey] = field(default_factory=lambda: [SigningKey.made("entra-1")])

    @property
    def issuer(self) -> str:
        """The issuer of version 2.0's tokens."""
        return f"{self.url}/{self.tenant_id}/v2.0"

    def metadata(self) -> dict[str, Any]:
        """Return the OpenID Connect metadata document."""
        base = f"{self.url}/{self.tenant_id}"
        return {
            "issuer": self.issuer,
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def published(self) -> dict[str, Any]:
        """Return the JWK set."""
        return key_set(*self.keys)

    def token(self, form: Mapping[str, str]) -> dict[str, Any]:
        """Return the token endpoint's answer to the form; raise RefusedError."""
        if form.get("scope") != f"api://{self.application_id}/.default":
            raise RefusedError("invalid_scope", "AADSTS70011: the scope is not valid")
        return {
            "token_type": "Bearer",
            "expires_in": LIFETIME_SECONDS,
            "access_token": self.keys[-1].sign(self._granted(form)),
        }

    def _granted(self, form: Mapping[str, str]) -> dict[str, Any]:
        if form.get("grant_type") == "refresh_token":
            return self.claims_of(_signed_in(self.persons, form))
        if form.get("grant_type") != "client_credentials":
            raise RefusedError("unsupported_grant_type", "AADSTS70003: the grant is not supported")
        client = form.get("client_id", "")
        registration = self.registrations.get(client)
        if registration is None:
            raise RefusedError("unauthorized_client", f"AADSTS700016: no application {client}")
        _authenticate(registration, form)
        return self.claims(client, registration.roles)

    def claims_of(self, person: Person) -> dict[str, Any]:
        """Return what a token says of a person."""
        return {**self.claims(person.client, person.roles), "scp": "user_impersonation"}

    def claims(self, client: str, roles: Sequence[str]) -> dict[str, Any]:
        """Return what a token says of the client."""
        now = int(time.time())
        return {
            "aud": self.application_id,
            "iss": self.issuer,
            "iat": now - _BACK_SECONDS,
            "nbf": now - _BACK_SECONDS,
            "exp": now + LIFETIME_SECONDS,
            "azp": client,
            "azpacr": "2",
            "oid": client,
            "sub": client,
            "roles": list(roles),
            "tid": self.tenant_id,
            "ver": "2.0",
        }


def _signed_in(persons: Sequence[Person], form: Mapping[str, str]) -> Person:
    shown = form.get("refresh_token", "").encode()
    for one in persons:
        known = hmac.compare_digest(shown, one.refresh_token.encode())
        if known and form.get("client_id") == one.client:
            return one
    raise RefusedError("invalid_grant", "AADSTS700082: The refresh token has expired")


def _authenticate(registration: Registration, form: Mapping[str, str]) -> None:
    if "client_secret" in form:
        shown = form["client_secret"].encode()
        if registration.secret and hmac.compare_digest(shown, registration.secret.encode()):
            return
        raise RefusedError("invalid_client", "AADSTS7000215: Invalid client secret provided")
    if form.get("client_assertion_type") != ASSERTION:
        raise RefusedError("invalid_client", "AADSTS7000216: client_assertion is required")
    assertion = form.get("client_assertion", "")
    if not any(_vouches(one, assertion) for one in registration.credentials):
        raise RefusedError(
            "invalid_client",
            "AADSTS700213: No matching federated identity record found for presented assertion",
        )


def _vouches(credential: Credential, assertion: str) -> bool:
    try:
        name = jwt.get_unverified_header(assertion).get("kid")
        (key,) = [
            one for one in jwt.PyJWKSet.from_dict(dict(credential.keys)) if one.key_id == name
        ]
        claims = jwt.decode(
            assertion,
            key.key,
            algorithms=["RS256"],
            audience=AUDIENCE,
            issuer=credential.issuer,
            options={"require": ["exp", "iss", "sub", "aud"]},
        )
    except (jwt.PyJWTError, ValueError):
        return False
    return bool(claims["sub"] == credential.subject)
