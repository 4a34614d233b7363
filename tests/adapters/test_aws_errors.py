"""What AWS says instead of an answer, and the error that each adapter makes of it."""

import types
from collections.abc import Callable

import pytest

from landbridge.adapters import executions, notifications, runs
from landbridge.adapters.operations import Operations
from landbridge.adapters.secrets import _read, read_secret
from landbridge.domain.errors import (
    AccessDeniedError,
    ConfigurationError,
    LandbridgeError,
    SiteUnknownError,
)
from tests.adapters.aws_answers import aws_answering, forget_session

REGION = "eu-central-1"
STACK = {
    "StarterName": "starter",
    "StateMachineArn": f"arn:aws:states:{REGION}:000000000000:stateMachine:failover",
}


def operations(*, described: bool = True) -> Operations:
    """Return the orchestrator as a terminal reaches it; ``described``: its stack is known."""
    found = Operations("landbridge-orders-orchestrator", REGION)
    found._outputs = dict(STACK) if described else None
    return found


CALLS: dict[str, Callable[[], object]] = {
    "secret": lambda: read_secret("database"),
    "put_record": lambda: runs.put_record("run-1", "run", 1.0, {}),
    "read_look": runs.read_look,
    "publish": lambda: notifications.publish("subject", "message"),
    "running": executions.running_execution,
    "start": lambda: executions.start_execution("run-1", {}),
    "outputs": lambda: operations(described=False).outputs(),
    "invoke": lambda: operations().start({}),
    "list": lambda: operations().executions(),
    "describe": lambda: operations().execution("run-1"),
}
DENIED = {
    "AccessDeniedException": CALLS.keys() - {"publish", "outputs"},
    "AccessDenied": {"outputs"},
    "AuthorizationError": {"publish"},
    "UnrecognizedClientException": CALLS.keys() - {"publish", "outputs"},
    "InvalidClientTokenId": {"publish", "outputs"},
    "ExpiredTokenException": CALLS.keys() - {"publish", "outputs"},
    "ExpiredToken": {"publish", "outputs"},
}
MISSING = {
    "ResourceNotFoundException": {"secret", "put_record", "read_look", "invoke"},
    "NotFound": {"publish"},
    "StateMachineDoesNotExist": {"running", "start", "list"},
    "ValidationError": {"outputs"},
}
UNKNOWN = {
    "ThrottlingException": CALLS.keys() - {"publish", "outputs"},
    "Throttling": {"publish", "outputs"},
    "ProvisionedThroughputExceededException": {"put_record", "read_look"},
    "TooManyRequestsException": {"invoke"},
    "InternalServerError": {"put_record", "read_look"},
    "InternalServiceError": {"secret"},
    "InternalError": {"publish"},
    "ServiceUnavailable": {"outputs"},
    "ExecutionDoesNotExist": {"describe"},  # it may just have been started
    "ACodeThatNobodyHasMet": set(CALLS),
}
STATUS = {"InternalServerError": 500, "InternalServiceError": 500, "InternalError": 500}


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_MAX_ATTEMPTS": "2",
        "LANDBRIDGE_RUNS_TABLE": "runs",
        "LANDBRIDGE_TOPIC_ARN": f"arn:aws:sns:{REGION}:000000000000:operators",
        "LANDBRIDGE_STATE_MACHINE_ARN": STACK["StateMachineArn"],
    }.items():
        monkeypatch.setenv(name, value)
    # Between two attempts there is nothing to wait for here.
    monkeypatch.setattr(
        "botocore.endpoint.time", types.SimpleNamespace(sleep=lambda _seconds: None)
    )
    _forget()


def _forget() -> None:
    forget_session()
    _read.cache_clear()
    runs._table.cache_clear()


def told(
    call: str, code: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> tuple[LandbridgeError, int]:
    """Return what the call raises where AWS answers so, and how often AWS was asked."""
    with aws_answering(code, status) as (url, asked):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(LandbridgeError) as raised:
            CALLS[call]()
        _forget()
    return raised.value, len(asked)


def cases(codes: dict[str, set[str]]) -> list[tuple[str, str]]:
    """Return each call with each of the codes that its service may answer."""
    return sorted((call, code) for code, calls in codes.items() for call in calls)


@pytest.mark.parametrize(("call", "code"), cases(DENIED))
def test_who_may_not_is_told_so(call: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A denial is permanent, is asked for once, and carries AWS's own words."""
    error, asked = told(call, code, 400, monkeypatch)
    assert type(error) is AccessDeniedError
    assert f"{code}: so AWS says" in error.message
    assert asked == 1


@pytest.mark.parametrize(("call", "code"), cases(MISSING))
def test_what_is_not_there_is_a_setting_to_mend(
    call: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A resource that does not exist is permanent, and the remedy says what to do."""
    error, _ = told(call, code, 400, monkeypatch)
    assert type(error) is ConfigurationError
    assert error.remedy


@pytest.mark.parametrize(("call", "code"), cases(UNKNOWN))
def test_what_may_work_again_is_unknown(
    call: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Throttling, a failing service and codes that nobody has met: the step may be tried again."""
    error, _ = told(call, code, STATUS.get(code, 400), monkeypatch)
    assert type(error) is SiteUnknownError
    assert code in error.message


@pytest.mark.parametrize("call", sorted(CALLS))
def test_no_answer_is_unknown(call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listening at AWS's end is unknown too."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(SiteUnknownError, match="AWS did not answer"):
        CALLS[call]()


def test_a_person_without_credentials_is_told_how_to_get_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No credentials is no outage of AWS's: the remedy is the person's own."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    with pytest.raises(ConfigurationError, match="AWS_PROFILE"):
        operations(described=False).outputs()
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    forget_session()
    with pytest.raises(ConfigurationError, match="nobody"):
        operations()


@pytest.mark.parametrize(
    ("call", "variable"),
    [
        ("put_record", "LANDBRIDGE_RUNS_TABLE"),
        ("publish", "LANDBRIDGE_TOPIC_ARN"),
        ("running", "LANDBRIDGE_STATE_MACHINE_ARN"),
    ],
)
def test_a_missing_variable_is_named(
    call: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Lambda that was deployed without a resource's name says which."""
    monkeypatch.delenv(variable)
    with pytest.raises(ConfigurationError, match=variable):
        CALLS[call]()
