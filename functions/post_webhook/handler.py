"""Subscribed to the operators' topic where a webhook is configured: each message, to the chat.

Lambda tries a message again that failed, and keeps it in a queue when that did not help. A message
that was taken and whose answer was lost is posted twice.
"""

import os
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.secrets import read_secret
from landbridge.adapters.webhook import TIMEOUT_SECONDS, post_payload
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.webhook import check_url, messages_of, payload_of

logger = Logger()

FORMAT_VARIABLE = "LANDBRIDGE_WEBHOOK_FORMAT"
SECRET_VARIABLE = "LANDBRIDGE_WEBHOOK_SECRET"  # noqa: S105 - a secret's name


def _setting(variable: str) -> str:
    value = os.environ.get(variable)
    if not value:
        raise ConfigurationError(f"{variable} is not set", "deploy the stacks again")
    return value


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"posted"}``, how many; raise TransientError or ConfigurationError."""
    style, secret = _setting(FORMAT_VARIABLE), _setting(SECRET_VARIABLE)
    messages = messages_of(event)
    url = read_secret(secret).get("url", "")
    check_url(url, secret)
    for message in messages:
        status = post_payload(url, payload_of(message, style), TIMEOUT_SECONDS)
        logger.info("posted", subject=message.subject, status=status)
    return {"posted": len(messages)}
