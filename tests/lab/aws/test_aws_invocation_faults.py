"""Invocations that go wrong on purpose: killed in the middle, run twice, refused altogether."""

import urllib.error
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lab.aws import outage
from lab.aws.event_bus import deliver_until_taken
from lab.aws.observer import OBSERVER
from lab.aws.outage import TAKEOVER_KEY
from lab.aws.service import ACCOUNT, Aws
from landbridge.adapters.operations import Operations
from landbridge.adapters.warming import WARM_EVENT
from landbridge.domain.errors import SiteUnknownError
from tests.adapters.serving import running

# Asks three times, each time for an answer, and says what it was told.
ASKING = """
import json, urllib.request

def lambda_handler(event, context):
    if event.get("warm"):
        return event
    for path in ("one", "two", "three"):
        urllib.request.urlopen(event["url"] + path, timeout=5).read()
    return {"asked": 3}
"""


class Asked:
    """A server that answers everything, and what it was asked."""

    def __init__(self, url: str, paths: list[str]) -> None:
        self.url, self.paths = url, paths


@pytest.fixture
def asked() -> Iterator[Asked]:
    """Serve the other system that a function works with."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with running(server):
        yield Asked(f"http://127.0.0.1:{server.server_port}/", paths)


@pytest.fixture(scope="module")
def asking(run_flow: Any) -> str:
    """Return the name of a function that asks."""
    run_flow.create_function("asking", ASKING, timeout=20)
    return "asking"


@pytest.mark.parametrize(
    "where",
    [
        ({}, ["/one"]),
        ({"waits": 2}, ["/one", "/two"]),
        ({"sent": "GET /three"}, ["/one", "/two", "/three"]),
        ({"waits": 9}, ["/one", "/two", "/three"]),
    ],
)
def test_a_worker_is_killed_where_the_plan_says(
    run_flow: Any, aws: Aws, asking: str, asked: Asked, where: tuple[dict[str, Any], list[str]]
) -> None:
    """It dies with that request sent; the next invocation has a new process and does all."""
    place, paths = where
    aws.crash_next(asking, **place)
    answer, failed = run_flow.invoke(asking, {"url": asked.url})

    assert failed
    assert answer["errorType"] == "Runtime.ExitError"
    assert "signal: killed" in answer["errorMessage"]
    assert "signal: killed" in aws.crashes()[asking]
    # The server may hear of the last request a moment after its sender died.
    asked_again, failed = run_flow.invoke(asking, {"url": asked.url})
    assert (asked_again, failed) == ({"asked": 3}, False)
    assert asked.paths == [*paths, "/one", "/two", "/three"]


def test_keeping_a_step_warm_is_no_work_to_crash(
    run_flow: Any, aws: Aws, asking: str, asked: Asked
) -> None:
    """The plan waits for the next real invocation, and can be taken back."""
    aws.crash_next(asking)

    assert run_flow.invoke(asking, WARM_EVENT) == (WARM_EVENT, False)
    assert not aws.spare(asking, "crash")  # it never happened
    assert run_flow.invoke(asking, {"url": asked.url}) == ({"asked": 3}, False)


def test_a_repeated_invocation_is_run_twice_until_it_is_spared(
    run_flow: Any, aws: Aws, asking: str, asked: Asked
) -> None:
    """The same event twice for one answer; then once again."""
    aws.repeat(asking)
    assert run_flow.invoke(asking, {"url": asked.url}) == ({"asked": 3}, False)
    assert asked.paths == ["/one", "/two", "/three"] * 2

    assert aws.spare(asking, "repeat")
    run_flow.invoke(asking, {"url": asked.url})
    assert asked.paths == ["/one", "/two", "/three"] * 3


def test_a_failed_invocation_is_not_repeated(run_flow: Any, aws: Aws) -> None:
    """Only what succeeded may be delivered again without anybody asking."""
    run_flow.create_function("counting", run_flow.work, timeout=20)
    aws.repeat("counting")
    once = {"do": "fail_times", "id": "x", "times": 1}

    answer, failed = run_flow.invoke("counting", once)

    aws.spare("counting", "repeat")
    assert (answer["errorType"], failed) == ("RolloutPendingError", True)


@pytest.fixture
def away(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """Give an AWS whose control plane is away, to clients that ask once."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    aws.begin_outage()
    yield aws
    aws.end_outage()


def operator(aws: Aws) -> Operations:
    """Return the orchestrator as an operator's command line has it."""
    keys = {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": "lab"}
    return Operations("landbridge-orders-orchestrator", "eu-central-1", aws.endpoint_url, keys)


def test_an_outage_is_unknown_to_an_operator_and_counted(away: Aws) -> None:
    """AWS does not answer: that is no word about the stack. Each refused call is counted."""
    before = away.denied().get("cloudformation POST /", 0)

    with pytest.raises(SiteUnknownError, match="ServiceUnavailable"):
        operator(away).outputs()

    assert away.denied()["cloudformation POST /"] > before


def test_a_takeovers_own_call_is_known_and_refused(away: Aws) -> None:
    """By the key that its pod signs with; nothing is answered while the control plane is away."""
    keys = {"aws_access_key_id": TAKEOVER_KEY, "aws_secret_access_key": "none"}
    pod = Operations("x", "eu-central-1", away.endpoint_url, keys)

    with pytest.raises(ClientError):
        pod.client("dynamodb").list_tables()

    calls = away.calls_in_outages()
    (mine,) = [one for one in calls if one["by"] == TAKEOVER_KEY]
    assert (mine["what"], mine["answered"]) == ("dynamodb ListTables", False)
    assert not [one for one in calls if one["answered"]]


def test_an_answer_in_an_outage_is_counted() -> None:
    """Whatever lets a call through to the emulator shows; the lab's own calls do not count."""
    signed = b"AWS4-HMAC-SHA256 Credential=1/20261128/eu-central-1/sns/aws4_request"
    headers = [(b"authorization", signed), (b"x-amz-target", b"SNS.Publish")]
    outage.begin()
    try:
        outage.answered("POST", "/", headers)
        outage.answered("POST", "/", [*headers, (b"user-agent", OBSERVER.encode())])
    finally:
        outage.end()
    outage.answered("POST", "/", headers)

    (seen,) = [one for one in outage.calls() if one["answered"]]
    assert seen == {"what": "sns Publish", "by": "others", "count": 1, "answered": True}


@pytest.mark.parametrize(
    ("service", "call", "arguments"),
    [
        ("secretsmanager", "get_secret_value", {"SecretId": "x"}),
        ("dynamodb", "get_item", {"TableName": "x", "Key": {}}),
        ("sns", "publish", {"TopicArn": "arn:aws:sns:eu-central-1:1:x", "Message": "x"}),
        ("sts", "get_caller_identity", {}),
        ("lambda", "invoke", {"FunctionName": "x"}),
        ("route53", "list_health_checks", {}),
    ],
)
def test_every_service_refuses_in_its_own_protocol(
    away: Aws, service: str, call: str, arguments: dict[str, Any]
) -> None:
    """A client reads the refusal as the service's own 503."""
    client: Any = operator(away).client(service)

    with pytest.raises(ClientError) as refused:
        getattr(client, call)(**arguments)

    assert refused.value.response["Error"]["Code"].startswith("ServiceUnavailable")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503


def test_the_lab_still_looks_while_functions_are_refused(run_flow: Any, away: Aws) -> None:
    """The lab's own client is answered; the function is not run, by Lambda's own word."""
    answer, failed = run_flow.invoke("work", {})

    assert failed
    assert answer["errorType"] == "Lambda.ServiceException"
    assert away.denied()["lambda Invoke work"] >= 1


def test_a_run_fails_by_lambdas_own_name_when_its_retries_are_over(
    run_flow: Any, away: Aws
) -> None:
    """What a machine does in an outage shows when AWS is back: how often it tried, and why not."""
    retry = [{"ErrorEquals": ["Lambda.ServiceException"], "MaxAttempts": 2}]
    ended = run_flow.run({"Work": run_flow.task({}, Retry=retry)})

    assert (ended["status"], ended["error"]) == ("FAILED", "Lambda.ServiceException")
    assert away.denied()["lambda Invoke work"] >= 3


def test_a_malformed_wish_is_refused(aws: Aws) -> None:
    """A fault that nobody could have meant is a 400 that names what is wrong."""
    with pytest.raises(urllib.error.HTTPError) as refused:
        aws._ask("workers/crash", {"what": 1})

    with refused.value as answer:
        assert (answer.status, "what" in answer.read().decode()) == (400, True)


def delivered(*answers: dict[str, Any]) -> tuple[int, list[float]]:
    """Return how many of these answers were asked for, and the pauses between."""
    left, slept = list(answers), list[float]()
    deliver_until_taken(lambda: left.pop(0), slept.append)
    return len(answers) - len(left), slept


def test_an_event_is_delivered_again_as_lambda_does() -> None:
    """A function that fails gets two more chances; a Lambda that is away is waited for."""
    done: dict[str, Any] = {"body": {}}
    failed = {"body": {"errorType": "SiteUnknownError"}, "error": True}
    away = {"body": {"errorType": "Lambda.ServiceException"}, "error": True}

    assert delivered(done, done) == (1, [])
    assert delivered(failed, done) == (2, [60.0])
    assert delivered(failed, failed, failed, done) == (3, [60.0, 120.0])
    assert delivered(*[away] * 4, failed, done) == (6, [1.0, 2.0, 4.0, 8.0, 60.0])
