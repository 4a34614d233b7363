"""Access tokens of Entra: kept, renewed, dropped, and every way of not getting one."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from landbridge.adapters.entra import AccessTokens, Client, assertion, file_assertion
from landbridge.domain.errors import (
    AccessDeniedError,
    ConfigurationError,
    FunctionUnavailableError,
    LandbridgeError,
    SiteUnknownError,
)
from tests.adapters.serving import running


class Entra:
    """Gives token-1, token-2, ...; ``answer`` and ``status`` go over that."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 200
        self.answer: Any = None
        self.asked: list[dict[str, list[str]]] = []


@pytest.fixture(name="entra")
def _entra() -> Iterator[Entra]:
    with serving() as entra:
        yield entra


@contextmanager
def serving() -> Iterator[Entra]:
    """Serve a token endpoint until the block ends."""
    entra = Entra()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            entra.asked.append({"path": [self.path], **form})
            token = {"access_token": f"token-{len(entra.asked)}", "expires_in": 3600}
            answer = token if entra.answer is None else entra.answer
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(entra.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    entra.url = f"http://127.0.0.1:{server.server_port}"
    with running(server):
        yield entra


class Clock:
    """A clock that a test sets."""

    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def tokens_of(url: str, clock: Clock | None = None) -> AccessTokens:
    """Return a client's tokens, on another issuer's word."""
    client = Client(url, "tenant", "client", "application")
    return AccessTokens(client, lambda: assertion("word"), clock=clock or Clock())


def test_the_grant_is_the_documented_one(entra: Entra) -> None:
    """A client credentials grant with the assertion, for the application's own scope."""
    assert tokens_of(entra.url).current() == "token-1"
    assert entra.asked == [
        {
            "path": ["/tenant/oauth2/v2.0/token"],
            "grant_type": ["client_credentials"],
            "client_id": ["client"],
            "scope": ["api://application/.default"],
            "client_assertion_type": ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"],
            "client_assertion": ["word"],
        }
    ]


def test_a_token_is_renewed_from_its_half_on(entra: Entra) -> None:
    """So there is always one that outlives the next half hour; no sooner and no later."""
    clock = Clock()
    tokens = tokens_of(entra.url, clock)
    tokens.current()
    clock.now += 1799.0
    tokens.get_ready()
    assert tokens.current() == "token-1"
    clock.now += 1.0
    assert tokens.current() == "token-2"


def test_a_token_is_used_until_shortly_before_its_end(entra: Entra) -> None:
    """While Entra gives no other it is shown until its last minute; Entra is asked each minute."""
    clock = Clock()
    tokens = tokens_of(entra.url, clock)
    tokens.current()
    entra.status = 503
    clock.now += 1800.0
    assert [tokens.current() for _ in range(5)] == ["token-1"] * 5
    assert len(entra.asked) == 2
    with pytest.raises(FunctionUnavailableError):
        tokens.get_ready()
    clock.now += 1739.0
    assert tokens.current() == "token-1"
    clock.now += 1.0
    with pytest.raises(FunctionUnavailableError):
        tokens.current()
    entra.status = 200
    assert tokens.current() == f"token-{len(entra.asked)}"


def test_a_clock_that_was_set_back_keeps_no_old_token(entra: Entra) -> None:
    """A token from the future is of unknown age."""
    clock = Clock()
    tokens = tokens_of(entra.url, clock)
    tokens.current()
    clock.now -= 1.0
    assert tokens.current() == "token-2"


def test_a_dropped_token_is_not_shown_again(entra: Entra) -> None:
    """The next one is new; whoever drops an older one drops nothing."""
    tokens = tokens_of(entra.url)
    tokens.drop(tokens.current())
    assert tokens.current() == "token-2"
    tokens.drop("token-1")
    assert tokens.current() == "token-2"


REFUSED = {"error": "invalid_client", "error_description": "AADSTS700213: for word, in secret"}


@pytest.mark.parametrize(
    ("status", "answer", "error"),
    [
        (401, REFUSED, AccessDeniedError),
        (400, {"error": "invalid_scope", "error_description": "AADSTS70011"}, AccessDeniedError),
        (400, b"<html>", AccessDeniedError),
        (429, {}, FunctionUnavailableError),
        (500, b"", FunctionUnavailableError),
        (503, {"error": "temporarily_unavailable"}, FunctionUnavailableError),
        (200, b"<html>", FunctionUnavailableError),
        (200, [], FunctionUnavailableError),
        (200, {"access_token": "x"}, FunctionUnavailableError),
        (200, {"access_token": "", "expires_in": 3600}, FunctionUnavailableError),
        (200, {"access_token": 1, "expires_in": 3600}, FunctionUnavailableError),
        (200, {"access_token": "x", "expires_in": "soon"}, FunctionUnavailableError),
    ],
)
def test_no_token(entra: Entra, status: int, answer: Any, error: type[LandbridgeError]) -> None:
    """A refusal is permanent and has Entra's code; the rest is unknown. Neither quotes anything."""
    entra.status, entra.answer = status, answer
    with pytest.raises(LandbridgeError) as raised:
        tokens_of(entra.url).current()
    assert type(raised.value) is error
    assert "word" not in str(raised.value)
    if answer is REFUSED:
        assert "AADSTS700213" in raised.value.message


def test_entra_does_not_answer() -> None:
    """It may be tried again."""
    with pytest.raises(FunctionUnavailableError, match="no token from Entra"):
        tokens_of("http://127.0.0.1:1").current()


def test_an_authority_that_is_none() -> None:
    """Nothing but an address is asked."""
    with pytest.raises(ConfigurationError, match="authority"):
        tokens_of("file:///etc").current()


def test_who_cannot_prove_itself_asks_nobody(entra: Entra) -> None:
    """What the proof raises comes through."""

    def nobody() -> dict[str, str]:
        raise SiteUnknownError("STS: AWS did not answer")

    tokens = AccessTokens(Client(entra.url, "tenant", "client", "application"), nobody)
    with pytest.raises(SiteUnknownError):
        tokens.current()
    assert entra.asked == []


def test_the_file_is_read_each_time(entra: Entra, tmp_path: Path) -> None:
    """A kubelet renews the service account's token, and the next grant shows the new one."""
    file = tmp_path / "token"
    tokens = AccessTokens(
        Client(entra.url, "tenant", "client", "application"), lambda: file_assertion(file)
    )
    with pytest.raises(ConfigurationError, match=str(file)):
        tokens.current()
    for word in ("first", "second"):
        file.write_text(f"{word}\n")
        tokens.drop(tokens.current())
    assert [form["client_assertion"] for form in entra.asked] == [["first"], ["second"]]
