"""The Function App as the orchestrator calls it: each refusal is raised under its own name."""

import json
from typing import Any

import pytest

from landbridge.adapters.function_app import FunctionApp
from landbridge.domain.errors import (
    AccessDeniedError,
    ConfigurationError,
    FunctionUnavailableError,
    LandbridgeError,
    LockHeldError,
    StaleEpochError,
)
from landbridge.domain.rollout import PodLook, RolloutLook
from landbridge.domain.settings import FunctionApp as FunctionAppSettings
from landbridge.domain.votes import Vote
from tests.adapters.serving import answering


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("landbridge.adapters.function_app.read_secret", lambda _name: {"key": "k"})


def app_at(url: str) -> FunctionApp:
    """Return the Function App at that URL."""
    return FunctionApp(FunctionAppSettings(url, "key"))


def refused(status: int, body: object) -> LandbridgeError:
    """Return what moving the gate raises where the Function App answers so."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    with answering(status, text) as (url, asked), pytest.raises(LandbridgeError) as raised:
        app_at(url).move_gate("engaged", 2, "run-1")
    assert asked == ["POST /api/gate"]
    return raised.value


@pytest.mark.parametrize(
    ("status", "name", "error"),
    [
        (409, "StaleEpochError", StaleEpochError),
        (409, "LockHeldError", LockHeldError),
        (503, "AccessDeniedError", AccessDeniedError),
    ],
)
def test_a_named_error_comes_back_as_itself(
    status: int, name: str, error: type[LandbridgeError]
) -> None:
    """The name decides, not the status; message and remedy come along."""
    raised = refused(status, {"error": name, "message": "why", "remedy": "what to do"})
    assert type(raised) is error
    assert "why" in raised.message
    assert raised.remedy == "what to do"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, b"", AccessDeniedError),
        (403, b"", AccessDeniedError),
        (429, b"", FunctionUnavailableError),
        (500, b"<html>", FunctionUnavailableError),
        (503, {"error": "NoSuchName"}, FunctionUnavailableError),
        (404, b"", ConfigurationError),
        (400, {"error": "object"}, ConfigurationError),
        (200, [1], FunctionUnavailableError),
        (200, b"<html>", FunctionUnavailableError),
    ],
)
def test_an_answer_without_a_name_is_told_by_its_status(
    status: int, body: object, error: type[LandbridgeError]
) -> None:
    """Denied and unknown routes are permanent; a busy or failing host is not."""
    assert type(refused(status, body)) is error


def test_nobody_listens() -> None:
    """No answer may be tried again, and Azure's vote is then unknown, not down."""
    with pytest.raises(FunctionUnavailableError, match="GET gate"):
        app_at("http://127.0.0.1:1").gate()
    assert app_at("http://127.0.0.1:1").probe().vote is Vote.UNKNOWN


def test_the_rollout_is_read_from_the_standby_s_answer() -> None:
    """What the Function App leaves out of a pod is empty, not an error."""
    pods: list[dict[str, Any]] = [
        {"name": "a", "phase": "Running", "ready": True},
        {"name": "b", "phase": "Pending", "ready": False, "waiting": "init", "log_lines": ["x"]},
    ]
    answer = {"desired": 2, "ready": 1, "observed": True, "pods": pods}
    with answering(200, json.dumps(answer).encode()) as (url, _):
        seen = app_at(url).rollout()
    waiting = PodLook("b", "Pending", ready=False, waiting="init", log_lines=("x",))
    assert seen == RolloutLook(2, 1, True, (PodLook("a", "Running", True), waiting))
