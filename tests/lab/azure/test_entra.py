"""The lab's tenant gives tokens by Entra's rules, to whom an issuer vouches for or has a secret."""

import time
from dataclasses import replace
from typing import Any

import jwt
import pytest

from lab.azure.signing import SigningKey, key_set
from lab.azure.tenant import (
    ASSERTION,
    AUDIENCE,
    AZURE_CLI,
    Credential,
    Person,
    RefusedError,
    Registration,
    Tenant,
)

STS = SigningKey.made("aws")
STRANGER = SigningKey.made("aws")
ISSUER, SUBJECT = "https://an-account.tokens.sts.global.api.aws", "arn:aws:iam::1:role/caller"
TENANT = Tenant(
    url="https://localhost:1",
    tenant_id="tenant",
    application_id="app",
    registrations={
        "federated": Registration(
            roles=["Orchestrator"],
            credentials=[Credential(ISSUER, SUBJECT, key_set(STS))],
        ),
        "secret": Registration(roles=["Orchestrator"], secret="a secret"),
    },
)


def word(key: SigningKey = STS, **changes: Any) -> str:
    """Return STS's token with some claims changed."""
    now = int(time.time())
    claims = {"iss": ISSUER, "sub": SUBJECT, "aud": AUDIENCE, "iat": now, "exp": now + 300}
    return key.sign({**claims, **changes})


def form(**changes: str) -> dict[str, str]:
    """Return a good grant of the federated client with some fields changed."""
    fields = {
        "grant_type": "client_credentials",
        "client_id": "federated",
        "scope": "api://app/.default",
        "client_assertion_type": ASSERTION,
        "client_assertion": word(),
    }
    return {**fields, **changes}


def test_a_good_grant() -> None:
    """The token is for the application, of the tenant, with the client's roles, dated back."""
    answer = TENANT.token(form())
    (key,) = jwt.PyJWKSet.from_dict(TENANT.published()).keys
    claims = jwt.decode(
        answer["access_token"], key.key, ["RS256"], audience="app", issuer=TENANT.issuer
    )
    assert (claims["azp"], claims["roles"], claims["tid"]) == (
        "federated",
        ["Orchestrator"],
        "tenant",
    )
    assert claims["exp"] - claims["nbf"] == 3900
    assert answer["expires_in"] == 3600


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"grant_type": "password"}, "AADSTS70003"),
        ({"client_id": "nobody"}, "AADSTS700016"),
        ({"scope": "api://other/.default"}, "AADSTS70011"),
        ({"client_assertion_type": "none"}, "AADSTS7000216"),
        ({"client_secret": ""}, "AADSTS7000215"),
        ({"client_id": "secret", "client_secret": "wrong"}, "AADSTS7000215"),
        ({"client_id": "secret"}, "AADSTS700213"),
        ({"client_assertion": "junk"}, "AADSTS700213"),
        ({"client_assertion": word(STRANGER)}, "AADSTS700213"),
        ({"client_assertion": word(sub="arn:aws:iam::1:role/other")}, "AADSTS700213"),
        ({"client_assertion": word(iss="https://other")}, "AADSTS700213"),
        ({"client_assertion": word(aud="api://other")}, "AADSTS700213"),
        ({"client_assertion": word(exp=int(time.time()) - 60)}, "AADSTS700213"),
    ],
)
def test_a_grant_that_is_refused(changes: dict[str, str], code: str) -> None:
    """Each wrong field has Entra's own code."""
    with pytest.raises(RefusedError, match=code):
        TENANT.token(form(**changes))


def test_a_secret_is_taken_too() -> None:
    """The fallback's client gets its token by its secret."""
    fields = form(client_id="secret", client_secret="a secret")
    assert TENANT.token(fields)["token_type"] == "Bearer"


ANNA = Person("her sign-in", ["Operator"])


@pytest.mark.parametrize(
    "changes",
    [{"refresh_token": "a guess"}, {"refresh_token": ""}, {"client_id": "another program"}],
)
def test_a_person_gets_a_token_by_a_sign_in_of_the_same_program(changes: dict[str, str]) -> None:
    """It has a scope, which no application's has; whoever never signed in gets none."""
    tenant = replace(TENANT, persons=[ANNA])
    fields = {
        "grant_type": "refresh_token",
        "client_id": AZURE_CLI,
        "scope": "api://app/.default",
        "refresh_token": "her sign-in",
    }
    token = tenant.token(fields)["access_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["azp"], claims["roles"]) == (AZURE_CLI, ["Operator"])
    assert claims["scp"]
    with pytest.raises(RefusedError, match="AADSTS700082"):
        tenant.token({**fields, **changes})
