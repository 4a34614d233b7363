"""The Function App as the orchestrator calls it: each refusal is raised under its own name."""

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landbridge.adapters.function_app import FunctionApp, StandbyRebuild
from landbridge.domain.database_rebuild import Action
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
from tests.fixed_tokens import FixedTokens


def app_at(url: str) -> FunctionApp:
    """Return the Function App at that URL."""
    settings = FunctionAppSettings(url, "a-tenant", "the-orchestrator", "the-function-app")
    return FunctionApp(settings, FixedTokens("a-token"))


def refused(status: int, body: object) -> LandbridgeError:
    """Return what moving the gate raises where the Function App answers so."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    with answering(status, text) as (url, asked), pytest.raises(LandbridgeError) as raised:
        app_at(url).move_gate("engaged", 2, "run-1")
    # A token that is refused is replaced once.
    assert asked == ["POST /api/gate"] * (2 if status == 401 else 1)
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


GATE = {"state": "engaged", "active_site": "none", "epoch": 2, "holder": "run-1", "since": "now"}
CLOSED = {**GATE, "state": "closed", "active_site": "aws", "epoch": 1, "holder": ""}
LOCK = {"holder": "run-1", "epoch": 2, "lease_seconds": 60, "renewed_at": 1.0}
ROLLOUT = {"desired": 0, "ready": 0, "observed": True, "pods": []}
REBUILD = {
    "wanted_replicas": 1,
    "pods": 1,
    "database_ready": True,
    "job": "absent",
    "job_run": "",
    "lines": [],
}
PROBE = {"witness": "azure", "vote": "down", "reason": "connection refused"}
BODIES = (GATE, CLOSED, LOCK, {**LOCK, "holder": ""}, ROLLOUT, REBUILD, PROBE, {"action": "stop"})
JUNK: tuple[Any, ...] = (None, [], {}, "1", 1, {"pods": None}, {"epoch": "one", "holder": None})


def rebuild_act(app: FunctionApp) -> None:
    """Do an action of the rebuild."""
    StandbyRebuild(app, 2).act(Action.CREATE_JOB, "run-1")


CALLS: dict[str, tuple[Callable[[FunctionApp], Any], Any]] = {
    "gate": (lambda app: app.gate(), GATE),
    "move_gate": (lambda app: app.move_gate("engaged", 2, "run-1"), GATE),
    "take_lock": (lambda app: app.take_lock("run-1", 60), LOCK),
    "renew_lock": (lambda app: app.renew_lock("run-1", 2), LOCK),
    "release_lock": (lambda app: app.release_lock("run-1"), {**LOCK, "holder": ""}),
    "scale": (lambda app: app.scale(2, 2, "run-1"), {"desired": 2, "ready": 0}),
    "rollout": (lambda app: app.rollout(), ROLLOUT),
    "rebuild": (lambda app: app.rebuild(), REBUILD),
    "act": (rebuild_act, {"action": "create_job"}),
}
ALSO = {"gate": CLOSED}  # a gate is a gate wherever it stands


@pytest.mark.parametrize("name", CALLS)
def test_a_200_that_is_no_answer_of_the_route_is_not_taken_for_one(name: str) -> None:
    """Its own answer is taken; a page, junk and every other route's body are unknown: ask again."""
    call, right = CALLS[name]
    with answering(200, json.dumps(right).encode()) as (url, _):
        call(app_at(url))
    wrong = [body for body in (*BODIES, *JUNK) if body not in (right, ALSO.get(name))]
    for body in (b"<html>It works</html>", b"", *(json.dumps(one).encode() for one in wrong)):
        with answering(200, body) as (url, _), pytest.raises(FunctionUnavailableError):
            call(app_at(url))


def test_a_vote_that_is_none_is_unknown() -> None:
    """Azure's witness that answers nonsense does not know: that is neither up nor down."""
    for body in (*BODIES, *JUNK, {"vote": "maybe", "reason": "?"}, {"vote": "down"}):
        with answering(200, json.dumps(body).encode()) as (url, _):
            expected = Vote.DOWN if body == PROBE else Vote.UNKNOWN
            assert app_at(url).probe().vote is expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["state", "epoch", "holder", "pods", "ready", "desired", "lines"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=8,
)


@given(body=JSON, name=st.sampled_from(list(CALLS)))
@settings(max_examples=300, deadline=None)
def test_no_json_at_all_is_anything_but_an_answer_or_a_named_error(body: Any, name: str) -> None:
    """Whatever comes with a 200: the route's answer, or an error of the tree, never another."""
    app = app_at("http://unused.test")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("landbridge.adapters.function_app.request_json", lambda *_, **__: (200, body))
        with contextlib.suppress(FunctionUnavailableError):
            CALLS[name][0](app)
