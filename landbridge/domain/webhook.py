"""Messages to the operators as a chat's webhook takes them: Slack's and Teams' payloads.

Sources: Slack API, "Sending messages using incoming webhooks" and "Reference: blocks" (header 150
characters, section 3,000, 50 blocks; ``&``, ``<`` and ``>`` are escaped); Microsoft Learn, "Create
incoming webhooks with Workflows for Microsoft Teams" (a message with one Adaptive Card, 28 KB);
Microsoft 365 developer blog, "Retirement of Office 365 connectors within Microsoft Teams".
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from landbridge.domain.errors import ConfigurationError, InvalidEventError
from landbridge.domain.operators_message import fitting

__all__ = ["FORMATS", "Message", "check_url", "messages_of", "payload_of"]

_HEADER_LIMIT = 150
_SECTION_LIMIT = 3_000
# Both chats show less than this of one message; the record has all of it.
_TEXT_LIMIT = 6_000
_LINES_LIMIT = 60  # a block each in a card, which has 28 KB for all
# In clear to this machine only, where a test listens.
_HOST = r"https://[A-Za-z0-9.-]+|http://(?:127\.0\.0\.1|localhost)"
_URL = re.compile(rf"(?:{_HOST})(?::\d{{1,5}})?(?:[/?][!-~]*)?")
_CONNECTOR = re.compile(
    r"https://(?:[a-z0-9-]+\.)*(?:webhook\.office|outlook\.office(?:365)?)\.com", re.IGNORECASE
)


@dataclass(frozen=True)
class Message:
    """What SNS delivered."""

    subject: str
    text: str


def messages_of(event: object) -> list[Message]:
    """Return the messages in a delivery of SNS to Lambda; raise InvalidEventError for another."""
    records = event.get("Records") if isinstance(event, Mapping) else None
    if not isinstance(records, list) or not records:
        raise InvalidEventError("Records: missing: this is no delivery of SNS")
    return [_message(record) for record in records]


def _message(record: object) -> Message:
    content = record.get("Sns") if isinstance(record, Mapping) else None
    text = content.get("Message") if isinstance(content, Mapping) else None
    if not isinstance(content, Mapping) or not isinstance(text, str):
        raise InvalidEventError("Records[].Sns.Message: missing: this is no delivery of SNS")
    # A message without a subject has none in its delivery.
    return Message(str(content.get("Subject") or "landbridge"), text)


def check_url(url: str, secret: str) -> None:
    """Raise ConfigurationError where the secret's URL is none to post to; it is never quoted."""
    if not _URL.fullmatch(url):
        raise ConfigurationError(
            f"secret {secret} has no https URL", 'it is {"url": "https://..."}: put that in'
        )
    if _CONNECTOR.match(url):
        raise ConfigurationError(
            f"secret {secret} has an Office 365 connector, which Teams has no more",
            "make a Workflow in Teams, Post to a channel when a webhook request is received, and"
            " put its URL in",
        )


def payload_of(message: Message, style: str) -> dict[str, Any]:
    """Return the payload of one message; raise ConfigurationError for an unknown style."""
    if style not in FORMATS:
        known = " or ".join(sorted(FORMATS))
        raise ConfigurationError(f"webhook.format: {style!r} is not known", f"use {known}")
    text = fitting(message.text.strip(), _TEXT_LIMIT, _LINES_LIMIT)
    return FORMATS[style](Message(message.subject, text))


def _slack(message: Message) -> dict[str, Any]:
    header = {"type": "plain_text", "text": message.subject[:_HEADER_LIMIT], "emoji": False}
    return {
        # What a notification shows, and a screen reader says.
        "text": _escaped(message.subject),
        "blocks": [
            {"type": "header", "text": header},
            *(
                {"type": "section", "text": {"type": "mrkdwn", "text": part, "verbatim": True}}
                for part in _parts(message.text)
            ),
        ],
    }


def _parts(text: str) -> list[str]:
    """Return the escaped text in parts that each fit a section; none is cut inside an escape."""
    parts = [""]
    for line in text.splitlines(keepends=True):
        for character in line if len(_escaped(line)) > _SECTION_LIMIT else [line]:
            piece = _escaped(character)
            if len(parts[-1]) + len(piece) > _SECTION_LIMIT:
                parts.append("")
            parts[-1] += piece
    return [part for part in parts if part.strip()]


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _teams(message: Message) -> dict[str, Any]:
    title = {"text": message.subject, "weight": "Bolder", "size": "Medium"}
    lines = [{"text": _unlinked(line)} for line in message.text.splitlines() if line.strip()]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [{"type": "TextBlock", "wrap": True, **block} for block in (title, *lines)],
        "msteams": {"width": "Full"},
    }
    content_type = "application/vnd.microsoft.card.adaptive"
    attachment = {"contentType": content_type, "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _unlinked(line: str) -> str:
    # A card reads Markdown: what an error quotes must not become a link.
    return line.replace("](", "] (")


FORMATS: Mapping[str, Callable[[Message], dict[str, Any]]] = {"slack": _slack, "teams": _teams}
