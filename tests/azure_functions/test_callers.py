"""Who may ask the Function App: tokens of every wrong kind, as the guarded route answers them."""

import base64
import datetime as dt
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Callable, Iterator

import azure.functions as func
import jwt
import jwt.api_jwt
import pytest
from cryptography.hazmat.primitives import serialization

from azure_functions import callers
from azure_functions.callers import OPERATORS, ORCHESTRATOR, READERS, guarded
from landbridge.domain.callers import Role
from tests.azure_functions.keys_server import (
    DATABASE,
    KEY,
    OTHER_KEY,
    TENANT_ID,
    KeysServer,
    keys_server,
)

STRANGER = "dddddddd-2222-3333-4444-555555555555"
Route = Callable[[func.HttpRequest], func.HttpResponse]


@pytest.fixture(name="entra")
def _entra(monkeypatch: pytest.MonkeyPatch) -> Iterator[KeysServer]:
    with keys_server() as entra:
        for name, value in entra.environment().items():
            monkeypatch.setenv(name, value)
        callers.forget()
        yield entra
    callers.forget()


def route(roles: frozenset[Role] = ORCHESTRATOR) -> Route:
    """Return a guarded function as the host calls it."""
    blueprint = func.Blueprint()  # type: ignore[no-untyped-call]

    @guarded(blueprint, "thing", "POST", roles)
    def thing(req: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse(f"done {req.get_body().decode()}")

    app = func.FunctionApp()
    app.register_functions(blueprint)
    (function,) = app.get_functions()
    handler: Route = function.get_user_function()
    return handler


def ask(
    token: str, roles: frozenset[Role] = ORCHESTRATOR, *, scheme: str = "Bearer "
) -> tuple[int, str]:
    """Ask the route with a token; return status and body."""
    headers = {"Authorization": f"{scheme}{token}"} if token else {}
    answer = route(roles)(func.HttpRequest("POST", "/api/thing", headers=headers, body=b"it"))
    return answer.status_code, answer.get_body().decode()


DONE = (200, "done it")


def error_of(answer: tuple[int, str]) -> tuple[int, str]:
    """Return status and the error's name."""
    return answer[0], json.loads(answer[1])["error"]


UNAUTHENTICATED = (401, "AccessDeniedError")
FORBIDDEN = (403, "AccessDeniedError")
UNAVAILABLE = (503, "FunctionUnavailableError")


def test_a_good_token_opens_the_route(entra: KeysServer) -> None:
    """The orchestrator's token does, again and again, with one fetch of the keys."""
    token = entra.token()
    assert [ask(token), ask(token), ask(token, scheme="bearer ")] == [DONE] * 3
    assert entra.fetches == 1


def test_each_role_opens_its_own_routes(entra: KeysServer) -> None:
    """A database may read the gate and do nothing; the orchestrator may do both."""
    assert ask(entra.token(DATABASE), READERS) == DONE
    assert ask(entra.token(), READERS) == DONE
    assert error_of(ask(entra.token(DATABASE))) == FORBIDDEN


def test_a_person_asks_by_a_persons_role_alone(entra: KeysServer) -> None:
    """Where persons may ask, the operator's role opens the route to a person, and to no app.

    A person reads the gate, too, and does nothing else.
    """
    person = {"scp": "user_impersonation"}
    assert ask(entra.token(**person, roles=["Operator"]), OPERATORS) == DONE
    assert error_of(ask(entra.token(**person, roles=["Orchestrator"]), OPERATORS)) == FORBIDDEN
    assert error_of(ask(entra.token(**person), OPERATORS)) == FORBIDDEN
    assert error_of(ask(entra.token(roles=["Operator"]), OPERATORS)) == FORBIDDEN
    assert ask(entra.token(**person, roles=["Operator"]), READERS) == DONE
    assert error_of(ask(entra.token(**person, roles=["Operator"]))) == FORBIDDEN
    assert ask(entra.token(), OPERATORS) == DONE


NOW = int(time.time())
UNTRUE: dict[str, dict[str, object]] = {
    "another application's": {"aud": "api://somebody-else"},
    "no audience": {"aud": None},
    "another tenant's issuer": {"iss": "https://login.microsoftonline.com/x/v2.0"},
    "version 1.0's issuer": {"iss": f"https://sts.windows.net/{TENANT_ID}/"},
    "no issuer": {"iss": None},
    "expired": {"exp": NOW - 3600},
    "expired beyond the skew": {"exp": NOW - 70},
    "no end": {"exp": None},
    "not yet valid": {"nbf": NOW + 3600},
    "no beginning": {"nbf": None},
    "from the future": {"iat": NOW + 3600},
    "an end that is no time": {"exp": "tomorrow"},
}


@pytest.mark.parametrize("changes", UNTRUE.values(), ids=UNTRUE)
def test_an_untrue_token_is_no_token(entra: KeysServer, changes: dict[str, object]) -> None:
    """Whatever is wrong with it, the answer is the one for no token at all."""
    answer = ask(entra.token(**changes))
    assert error_of(answer) == UNAUTHENTICATED
    assert answer == ask("")


FORBIDDING: dict[str, dict[str, object]] = {
    "no role": {"roles": None},
    "another role": {"roles": ["Reader"]},
    "roles that are no list": {"roles": "Orchestrator"},
    "roles that are no texts": {"roles": [["Orchestrator"], 1]},
    "another caller": {"azp": STRANGER},
    "no caller": {"azp": None},
    "a person's": {"scp": "user_impersonation"},
    "an operator's": {"scp": "user_impersonation", "roles": ["Operator"]},
    "an application that has a person's role": {"roles": ["Operator"]},
    "another tenant": {"tid": STRANGER},
}


@pytest.mark.parametrize("changes", FORBIDDING.values(), ids=FORBIDDING)
def test_a_true_token_without_the_right_is_refused(
    entra: KeysServer, changes: dict[str, object]
) -> None:
    """It is 403, with the same words for every reason."""
    answer = ask(entra.token(**changes))
    assert error_of(answer) == FORBIDDEN
    assert answer == ask(entra.token(roles=["None"]))


def test_the_clocks_may_differ_by_a_minute(entra: KeysServer) -> None:
    """Half a minute after its end a token is still taken."""
    assert ask(entra.token(exp=int(time.time()) - 30)) == DONE


def test_a_token_is_not_taken_again_after_its_end(
    entra: KeysServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What opened the route opens it no more when its time is over."""
    token = entra.token()
    assert ask(token) == DONE

    class Later(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> "Later":
            return cls.fromtimestamp(time.time() + 3700, tz)

    monkeypatch.setattr(jwt.api_jwt, "datetime", Later)
    assert error_of(ask(token)) == UNAUTHENTICATED


def encoded(part: object) -> str:
    """Return a part of a token."""
    text = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def by_hand(header: dict[str, object], claims: dict[str, object], key: bytes | None) -> str:
    """Return a token that no library would make: without a signature, or with an HMAC."""
    signed = f"{encoded(header)}.{encoded(claims)}"
    mac = b"" if key is None else hmac.new(key, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{encoded(mac)}"


def forgeries(entra: KeysServer) -> dict[str, str]:
    """Return tokens that nobody signed who may."""
    claims, good = entra.claims(), entra.token()
    header, body, signature = good.split(".")
    pem = KEY.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    named = {"typ": "JWT", "kid": "entra-1"}
    return {
        "alg none": by_hand({**named, "alg": "none"}, claims, None),
        "alg None": by_hand({**named, "alg": "None"}, claims, None),
        "HS256 by the public key": by_hand({**named, "alg": "HS256"}, claims, pem),
        "RS256 said, HMAC by the public key": by_hand({**named, "alg": "RS256"}, claims, pem),
        "another key by the same name": jwt.encode(
            claims, OTHER_KEY.private, "RS256", headers=named
        ),
        "a key of its own in the header": jwt.encode(
            claims, OTHER_KEY.private, "RS256", headers={**named, "jwk": OTHER_KEY.public}
        ),
        "RS512": jwt.encode(claims, KEY.private, "RS512", headers=named),
        "no key's name": jwt.encode(claims, KEY.private, "RS256"),
        "an endless key's name": jwt.encode(
            claims, KEY.private, "RS256", headers={"kid": "k" * 300}
        ),
        "other claims": f"{header}.{encoded({**claims, 'azp': DATABASE})}.{signature}",
        "no signature": f"{header}.{body}.",
        "cut": good[:-10],
        "two parts": f"{header}.{body}",
        "junk": "junk",
        "too long": "a" * 20_000,
    }


def test_forged_tokens(entra: KeysServer) -> None:
    """None of them opens anything, and each is told the same."""
    for name, token in forgeries(entra).items():
        answer = ask(token)
        assert error_of(answer) == UNAUTHENTICATED, name
        assert answer == ask(""), name
    assert ask(entra.token(), scheme="Basic ") == ask("")
    assert ask(entra.token()) == DONE


def test_what_cannot_be_true_costs_no_fetch(entra: KeysServer) -> None:
    """Junk, another algorithm and keys without a name are refused before anybody is asked."""
    claims = entra.claims()
    for token in (
        "junk",
        "a" * 20_000,
        jwt.encode(claims, KEY.private, "RS256"),
        jwt.encode(claims, KEY.private, "RS512", headers={"kid": "entra-1"}),
        by_hand({"typ": "JWT", "kid": "entra-1", "alg": "none"}, claims, None),
    ):
        assert error_of(ask(token)) == UNAUTHENTICATED
    assert entra.fetches == 0


def test_a_refusal_leaks_nothing(entra: KeysServer, caplog: pytest.LogCaptureFixture) -> None:
    """The log says why; neither log nor answer has the token."""
    token = entra.token(exp=NOW - 3600)
    with caplog.at_level(logging.DEBUG):
        _, body = ask(token)
        ask(entra.token(azp=STRANGER))
    assert "expired" in caplog.text.lower()
    assert f"refused {STRANGER}: the application is none of the callers" in caplog.text
    assert "expired" not in body.lower()
    assert token.split(".")[2] not in caplog.text + body


def test_a_new_key_is_taken_and_an_old_one_no_more(
    entra: KeysServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token by a key that is new since the last fetch lets the keys be fetched again."""
    monkeypatch.setattr(callers, "_REFRESH_SECONDS", 0)
    old = entra.token()
    assert ask(old) == DONE
    entra.tenant.keys.append(OTHER_KEY)
    assert ask(entra.token()) == DONE
    assert (ask(old), entra.fetches) == (DONE, 2)
    entra.tenant.keys.remove(KEY)
    callers.forget()  # as after a day
    assert ask(entra.token()) == DONE
    assert error_of(ask(old)) == UNAUTHENTICATED


def test_unknown_keys_cost_little(entra: KeysServer) -> None:
    """Strangers with made-up keys' names make the keys be fetched once in half a minute."""
    assert ask(entra.token()) == DONE
    for n in range(20):
        claims, header = entra.claims(), {"kid": f"unknown-{n}"}
        token = jwt.encode(claims, OTHER_KEY.private, "RS256", headers=header)
        assert error_of(ask(token)) == UNAUTHENTICATED
    assert entra.fetches == 1


def test_without_keys_nobody_is_let_in(entra: KeysServer) -> None:
    """While Entra does not give them it is 503: unknown, ask again, and Entra is not flooded."""
    entra.broken = True
    assert [error_of(ask(entra.token())) for _ in range(5)] == [UNAVAILABLE] * 5
    assert entra.fetches == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LANDBRIDGE_TENANT_ID", ""),
        ("LANDBRIDGE_TENANT_ID", "../evil"),
        ("LANDBRIDGE_APPLICATION_ID", ""),
        ("LANDBRIDGE_CALLERS", ""),
        ("LANDBRIDGE_CALLERS", "everybody"),
        ("LANDBRIDGE_AUTHORITY", "http://login.example.com"),
    ],
)
def test_an_app_that_does_not_know_whom_to_trust_trusts_nobody(
    entra: KeysServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    name: str,
    value: str,
) -> None:
    """The log names the setting; the caller learns nothing of it."""
    token = entra.token()
    monkeypatch.setenv(name, value)
    callers.forget()
    status, body = ask(token)
    assert error_of((status, body)) == UNAVAILABLE
    assert name in caplog.text
    assert name not in body
