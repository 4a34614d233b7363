"""As whom the orchestrator asks: AWS's own word by default, a secret where one is named."""

from typing import Any

import pytest

from landbridge.adapters import function_app_caller
from landbridge.adapters.function_app import FunctionApp
from landbridge.adapters.function_app_caller import caller_tokens
from landbridge.domain.errors import AccessDeniedError, ConfigurationError, FunctionUnavailableError
from landbridge.domain.settings import FunctionApp as Settings
from tests.adapters.test_entra import Entra, serving

ROLE = "arn:aws:iam::111122223333:role/landbridge-orders-function-caller"


def settings(url: str, secret: str = "") -> Settings:
    """Return settings with Entra and the Function App at that URL."""
    return Settings(url, "tenant", "client", "application", url, secret)


def shown(entra: Entra) -> dict[str, list[str]]:
    """Return what proved the client in the last grant."""
    return {name: value for name, value in entra.asked[-1].items() if name.startswith("client_")}


def test_aws_vouches_for_the_role(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a secret STS is asked for a token for Entra, and no secret is read."""
    asked: list[tuple[str, str]] = []

    def token(role: str, audience: str) -> str:
        asked.append((role, audience))
        return "the-word-of-sts"

    def no_secret(_name: str) -> dict[str, str]:
        raise AssertionError("a secret was read")

    monkeypatch.setattr(function_app_caller, "web_identity_token", token)
    monkeypatch.setattr(function_app_caller, "read_secret", no_secret)
    with serving() as entra:
        assert caller_tokens(settings(entra.url), ROLE).current() == "token-1"
        assert shown(entra)["client_assertion"] == ["the-word-of-sts"]
    assert asked == [(ROLE, "api://AzureADTokenExchange")]


def test_a_secret_takes_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """One setting is enough: STS is not asked then."""
    monkeypatch.setattr(
        function_app_caller, "read_secret", lambda name: {"client_secret": f"of {name}"}
    )
    with serving() as entra:
        assert caller_tokens(settings(entra.url, "entra"), "").current() == "token-1"
        assert shown(entra) == {"client_id": ["client"], "client_secret": ["of entra"]}


@pytest.mark.parametrize(
    ("secret", "role", "named"), [("entra", "", "secret entra"), ("", "", "FUNCTION_CALLER_ROLE")]
)
def test_what_is_missing_is_named(
    monkeypatch: pytest.MonkeyPatch, secret: str, role: str, named: str
) -> None:
    """A secret of another shape, or no role, is a configuration error."""
    monkeypatch.setattr(function_app_caller, "read_secret", lambda _name: {"key": "s3cret"})
    with pytest.raises(ConfigurationError, match=named) as raised:
        caller_tokens(settings("http://127.0.0.1:1", secret), role).current()
    assert "s3cret" not in str(raised.value)


class Counted:
    """Tokens that count: token-1 until it is dropped, then token-2."""

    def __init__(self) -> None:
        self.number = 1

    def current(self) -> str:
        return f"token-{self.number}"

    def get_ready(self) -> None:
        pass

    def drop(self, token: str) -> None:
        assert token == self.current()
        self.number += 1


def answers(monkeypatch: pytest.MonkeyPatch, *statuses: int) -> list[str]:
    """Let the Function App answer so, one after the other; return the tokens shown to it."""
    shown_tokens: list[str] = []
    waiting = list(statuses)

    def request(*_: Any, headers: dict[str, str], **__: Any) -> tuple[int, Any]:
        shown_tokens.append(headers["Authorization"])
        status = waiting.pop(0)
        refused = {"error": "AccessDeniedError", "message": "no"}
        return status, {"action": "stop"} if status == 200 else refused

    monkeypatch.setattr("landbridge.adapters.function_app.request_json", request)
    return shown_tokens


def test_a_refused_token_is_dropped_and_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The call is made again with a new token; a second refusal is the caller's error."""
    asked = answers(monkeypatch, 401, 200)
    app = FunctionApp(settings("http://unused.test"), Counted())
    app.act_on_rebuild("stop", 2, "run-1", discard_forked_rows=False)
    assert asked == ["Bearer token-1", "Bearer token-2"]
    asked = answers(monkeypatch, 401, 401)
    with pytest.raises(AccessDeniedError):
        app.act_on_rebuild("stop", 2, "run-1", discard_forked_rows=False)
    assert asked == ["Bearer token-2", "Bearer token-3"]


def test_a_missing_right_is_no_reason_for_another_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """403 is an answer: asking again would be the same."""
    asked = answers(monkeypatch, 403)
    with pytest.raises(AccessDeniedError):
        FunctionApp(settings("http://unused.test"), Counted()).gate()
    assert asked == ["Bearer token-1"]


def test_without_a_token_azure_does_not_vote(monkeypatch: pytest.MonkeyPatch) -> None:
    """Entra that does not answer makes Azure's vote unknown, as a Function App that does not."""

    class Silent(Counted):
        def current(self) -> str:
            raise FunctionUnavailableError("no token from Entra: timed out")

    asked = answers(monkeypatch)
    ballot = FunctionApp(settings("http://unused.test"), Silent()).probe()
    assert (ballot.vote.value, asked) == ("unknown", [])
