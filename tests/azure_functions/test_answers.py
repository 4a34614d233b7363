"""Errors become answers in one place."""

import json
import logging

import pytest

from azure_functions.answers import answer, error_answer
from landbridge.domain import errors

EXPECTED = {
    "InvalidEventError": 400,
    "AccessDeniedError": 403,
    "GateConflictError": 409,
    "GateTransitionError": 409,
    "LockHeldError": 409,
    "StaleEpochError": 409,
    "ClusterUnavailableError": 503,
    "SiteUnknownError": 503,
    "ReplayBehindError": 503,
    "ConfigurationError": 500,
    "PromotionRefusedError": 500,
}


@pytest.mark.parametrize(("name", "status"), EXPECTED.items())
def test_error_of_the_tree(name: str, status: int) -> None:
    """An error of the tree is answered by its name, with its remedy and the code that fits."""
    kind = errors.error_named(name)
    assert kind is not None

    answered = error_answer(kind("what happened", "what to do"))

    assert answered.status_code == status
    assert answered.mimetype == "application/json"
    assert json.loads(answered.get_body()) == {
        "error": name,
        "message": "what happened",
        "remedy": "what to do",
    }


def test_every_error_has_an_answer() -> None:
    """No error of the tree is left without a code; transient ones say: try again."""
    for name in errors.__all__:
        kind = errors.error_named(name)
        if kind is None:
            continue
        status = error_answer(kind("m")).status_code
        if issubclass(kind, errors.TransientError):
            assert status in {409, 503}, name
        else:
            assert status in {400, 403, 409, 500}, name


def test_unexpected_error_stays_inside(caplog: pytest.LogCaptureFixture) -> None:
    """What is no error of the tree is answered without its words, which the log has."""

    def fail() -> dict[str, str]:
        raise RuntimeError("password=hunter2 at 10.0.0.4")

    with caplog.at_level(logging.ERROR):
        answered = answer(fail)

    body = json.loads(answered.get_body())
    assert answered.status_code == 500
    assert set(body) == {"error", "message", "remedy"}
    assert "hunter2" not in answered.get_body().decode()
    assert errors.error_named(body["error"]) is errors.FunctionUnavailableError
    assert "hunter2" in caplog.text
