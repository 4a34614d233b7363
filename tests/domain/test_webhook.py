"""The operators' message as Slack and Teams take it."""

import html
import json
from typing import Any

import pytest

from landbridge.domain.errors import ConfigurationError, InvalidEventError
from landbridge.domain.webhook import Message, check_url, messages_of, payload_of

MESSAGE = Message(
    "landbridge: failover failed",
    "landbridge: failover failed (run r)\n\n0 of 2 pods <ready> & waiting\n"
    "Go on with: landbridge failover --resume\n",
)


def test_slack_gets_the_subject_as_header_and_every_line() -> None:
    """What the person must type is there letter by letter; no text can become a mention."""
    payload = payload_of(MESSAGE, "slack")
    header, section = payload["blocks"]
    assert payload["text"] == MESSAGE.subject
    assert header == {
        "type": "header",
        "text": {"type": "plain_text", "text": MESSAGE.subject, "emoji": False},
    }
    assert section["text"]["verbatim"] is True
    assert "&lt;ready&gt; &amp; waiting" in section["text"]["text"]
    assert "\nGo on with: landbridge failover --resume" in section["text"]["text"]


def test_teams_gets_one_card_with_a_block_for_each_line() -> None:
    """The envelope is a message with one Adaptive Card; a link cannot be smuggled in."""
    text = f"{MESSAGE.text}[click](https://evil.test)\n"
    payload = payload_of(Message(MESSAGE.subject, text), "teams")
    (attachment,) = payload["attachments"]
    card = attachment["content"]
    assert payload["type"] == "message"
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert {(block["type"], block["wrap"]) for block in card["body"]} == {("TextBlock", True)}
    assert [block["text"] for block in card["body"]] == [
        MESSAGE.subject,
        "landbridge: failover failed (run r)",
        "0 of 2 pods <ready> & waiting",
        "Go on with: landbridge failover --resume",
        "[click] (https://evil.test)",
    ]


@pytest.mark.parametrize("text", ["&" * 30_000, "line & more\n" * 5_000, "x" * 30_000])
@pytest.mark.parametrize("style", ["slack", "teams"])
def test_a_long_message_stays_inside_the_chats_limits(style: str, text: str) -> None:
    """Its middle is cut out, the command at its end stays; no part is cut inside an escape."""
    text += "\nGo on with: landbridge failover --resume\n"
    payload = payload_of(Message("s" * 400, text), style)
    assert len(json.dumps(payload)) < 40_000
    if style == "teams":
        assert len(json.dumps(payload)) < 28_000
        shown = "".join(block["text"] for block in payload["attachments"][0]["content"]["body"])
    else:
        header, *sections = payload["blocks"]
        parts = [section["text"]["text"] for section in sections]
        assert len(header["text"]["text"]) == 150
        assert len(payload["blocks"]) <= 50
        assert max(map(len, parts)) <= 3_000
        assert all("&" not in part.replace("&amp;", "") for part in parts)
        shown = html.unescape("".join(parts))
    assert "landbridge report RUN" in shown
    assert shown.endswith("Go on with: landbridge failover --resume")


def test_an_unknown_style_names_the_known_ones() -> None:
    """The remedy is a word that is taken."""
    with pytest.raises(ConfigurationError, match=r"'irc' is not known.*slack or teams"):
        payload_of(MESSAGE, "irc")


def test_a_delivery_of_sns_is_its_messages() -> None:
    """A message that was published without a subject has one all the same."""
    event = {
        "Records": [
            {"EventSource": "aws:sns", "Sns": {"Subject": "s", "Message": "m", "MessageId": "1"}},
            {"EventSource": "aws:sns", "Sns": {"Subject": None, "Message": "m"}},
        ]
    }
    assert messages_of(event) == [Message("s", "m"), Message("landbridge", "m")]


@pytest.mark.parametrize(
    "event", [None, [], {}, {"Records": []}, {"Records": [{"Sns": {}}]}, {"Records": [{"Sqs": 1}]}]
)
def test_what_is_no_delivery_is_refused(event: Any) -> None:
    """The error names what is missing."""
    with pytest.raises(InvalidEventError, match="no delivery of SNS"):
        messages_of(event)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.slack.com/services/T/B/x",
        "https://prod-1.westeurope.logic.azure.com:443/workflows/1/paths/invoke?sp=%2Frun&sig=x",
        "http://127.0.0.1:8080/hook",
    ],
)
def test_a_webhook_is_https_or_on_this_machine(url: str) -> None:
    """Both are taken."""
    check_url(url, "landbridge/webhook")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "not-a-url-but-s3cret",
        "http://hooks.slack.com/services/s3cret",
        "https://",
        "https://host:s3cret/x",
        "https://[s3cret/x",
        "https://host/s3cret x",
        "https://host/s3cret\r\nHost: evil",
        "file:///s3cret",
    ],
)
def test_a_url_that_cannot_be_is_never_quoted(url: str) -> None:
    """The error names the secret and nothing of what is in it."""
    with pytest.raises(ConfigurationError, match="secret landbridge/webhook has no https") as seen:
        check_url(url, "landbridge/webhook")
    assert "s3cret" not in str(seen.value)


@pytest.mark.parametrize("host", ["shop.webhook.office.com", "outlook.office.com"])
def test_a_connector_that_teams_has_no_more_is_refused(host: str) -> None:
    """It would take nothing: the remedy says what took its place, and the URL is not quoted."""
    with pytest.raises(ConfigurationError, match="make a Workflow in Teams") as seen:
        check_url(f"https://{host}/webhookb2/s3cret", "landbridge/webhook")
    assert "s3cret" not in str(seen.value)
