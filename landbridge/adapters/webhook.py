"""A chat's webhook. Its URL is the credential: it is in no log, no error and no record."""

from http import HTTPStatus
from typing import Any

from landbridge.adapters.http_probe import NoAnswerError, request_json
from landbridge.domain.errors import ConfigurationError, TransientError

__all__ = ["TIMEOUT_SECONDS", "post_payload"]

TIMEOUT_SECONDS = 8.0


def post_payload(url: str, payload: dict[str, Any], timeout_seconds: float) -> int:
    """Post it once; return the status that it was taken with.

    Raises TransientError where another try may help, ConfigurationError where it cannot.
    """
    try:
        status, _ = request_json("POST", url, payload, timeout_seconds=timeout_seconds)
    except NoAnswerError as error:
        # The outcome alone: the detail may quote the URL, and so might the cause.
        raise TransientError(f"the webhook gave no answer: {error.outcome.value}") from None
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return status
    said = f"the webhook answered {status}"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_MANY_REQUESTS,
    }:
        raise TransientError(said)
    raise ConfigurationError(said, "make the webhook anew and put its URL into the secret")
