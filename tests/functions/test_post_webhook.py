"""The message from the topic to a chat: a server on this machine stands for the chat."""

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from functions.post_webhook import handler
from landbridge.adapters import webhook
from landbridge.adapters.http_probe import NoAnswerError
from landbridge.domain.ending import describe_ending
from landbridge.domain.errors import ConfigurationError, TransientError
from landbridge.domain.plan import WEBHOOK
from landbridge.domain.votes import ProbeOutcome
from tests.adapters.serving import running
from tests.functions.world import CONTEXT

SECRET_PATH = "/services/T0/B0/s3cret"
ENDING = describe_ending("run-1", {"ending": {"mark": "recovered"}, "gate": {"epoch": 2}})
EVENT = {"Records": [{"Sns": {"Subject": ENDING.subject, "Message": ENDING.message}}]}


class Chat:
    """A chat that answers with ``status`` and keeps what it was sent."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.received: list[tuple[str, dict[str, Any]]] = []
        self.silent = threading.Event()
        self.url = ""


@contextmanager
def serving(chat: Chat, *, answers: bool = True) -> Iterator[None]:
    """Serve it; where it does not answer, a request hangs until the server ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            chat.received.append((self.path, json.loads(body)))
            if not answers:
                chat.silent.wait(30)
                return
            self.send_response(chat.status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    chat.url = f"http://127.0.0.1:{server.server_port}{SECRET_PATH}"
    with running(server):
        try:
            yield
        finally:
            chat.silent.set()


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Chat:
    """Let the function post to a chat that takes messages, in Slack's form."""
    chat = Chat(200)
    monkeypatch.setenv(handler.FORMAT_VARIABLE, "slack")
    monkeypatch.setenv(handler.SECRET_VARIABLE, "landbridge/webhook")
    monkeypatch.setattr(handler, "read_secret", lambda _name: {"url": chat.url})
    return chat


@pytest.mark.parametrize(("style", "key"), [("slack", "blocks"), ("teams", "attachments")])
def test_a_message_reaches_the_chat(
    style: str,
    key: str,
    configured: Chat,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The chat is sent the message with its next command; the log has no word of the URL."""
    monkeypatch.setenv(handler.FORMAT_VARIABLE, style)
    with serving(configured):
        assert handler.lambda_handler(EVENT, CONTEXT) == {"posted": 1}
    ((path, payload),) = configured.received
    assert path == SECRET_PATH
    assert key in payload
    assert "landbridge failback" in json.dumps(payload)
    assert "s3cret" not in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (500, TransientError),
        (503, TransientError),
        (429, TransientError),
        (404, ConfigurationError),
        (403, ConfigurationError),
        (302, ConfigurationError),
    ],
)
def test_a_message_that_was_not_taken_is_an_error(
    status: int,
    kind: type[Exception],
    configured: Chat,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """So Lambda tries again, and at last keeps it; no error says where it was to go."""
    configured.status = status
    with (
        serving(configured),
        caplog.at_level(logging.DEBUG),
        pytest.raises(kind, match=f"answered {status}") as seen,
    ):
        handler.lambda_handler(EVENT, CONTEXT)
    assert "s3cret" not in f"{seen.value!r} {seen.value.__cause__!r} {caplog.text}"
    assert len(configured.received) == 1


def test_a_chat_that_hangs_is_given_up(configured: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """The request is bounded; its error may be tried again."""
    monkeypatch.setattr(handler, "TIMEOUT_SECONDS", 0.3)
    with (
        serving(configured, answers=False),
        pytest.raises(TransientError, match="gave no answer: timed out") as seen,
    ):
        handler.lambda_handler(EVENT, CONTEXT)
    assert seen.value.__suppress_context__


def test_a_chat_that_is_not_there_is_tried_again(configured: Chat) -> None:
    """Nobody listens: an error that names no address."""
    with serving(configured):
        pass
    with pytest.raises(TransientError, match="connection refused") as seen:
        handler.lambda_handler(EVENT, CONTEXT)
    assert "127.0.0.1" not in str(seen.value)


def test_what_broke_on_the_way_is_not_quoted(
    configured: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library that quotes the URL in its error is not repeated."""

    def broken(*_: object, **__: object) -> None:
        raise NoAnswerError(ProbeOutcome.OTHER, f"InvalidURL: {configured.url}{SECRET_PATH}")

    monkeypatch.setattr(webhook, "request_json", broken)
    configured.url = "https://chat.test"
    with pytest.raises(TransientError, match="gave no answer: failed") as seen:
        handler.lambda_handler(EVENT, CONTEXT)
    assert "s3cret" not in str(seen.value)
    assert seen.value.__suppress_context__


@pytest.mark.parametrize("missing", [handler.FORMAT_VARIABLE, handler.SECRET_VARIABLE])
def test_a_setting_that_is_missing_is_named(
    missing: str, configured: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is posted."""
    monkeypatch.delenv(missing)
    with pytest.raises(ConfigurationError, match=missing):
        handler.lambda_handler(EVENT, CONTEXT)
    assert configured.received == []


def test_a_secret_without_a_url_is_named(configured: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """The secret's name is in the error, its content is not."""
    monkeypatch.setattr(handler, "read_secret", lambda _name: {"link": "s3cret"})
    with pytest.raises(ConfigurationError, match="secret landbridge/webhook") as seen:
        handler.lambda_handler(EVENT, CONTEXT)
    assert "s3cret" not in str(seen.value)
    assert configured.received == []


def test_the_function_ends_before_lambda_kills_it() -> None:
    """The request's own time is well below the function's."""
    assert WEBHOOK.timeout_seconds > webhook.TIMEOUT_SECONDS + 5
