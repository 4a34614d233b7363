"""What a route answers: JSON, and every error by its name with the HTTP code that fits it."""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

import azure.functions as func

from landbridge.domain import errors

logger = logging.getLogger(__name__)

# To whoever is refused: the reason helps a stranger more than an operator, who has the log.
SEE_THE_LOG = "the Function App's log has the reason"

# The nearest class among an error's ancestors decides.
_STATUS: Mapping[type, int] = {
    errors.InvalidEventError: 400,
    errors.AccessDeniedError: 403,
    errors.GateConflictError: 409,
    errors.GateTransitionError: 409,
    errors.LockHeldError: 409,
    errors.StaleEpochError: 409,
    errors.TransientError: 503,
    errors.LandbridgeError: 500,
}


def answer(work: Callable[[], Mapping[str, Any]], status: int = 200) -> func.HttpResponse:
    """Return what ``work`` gives as JSON with ``status``, or its error as ``error_answer`` does."""
    try:
        return _json(status, work())
    except Exception as error:  # noqa: BLE001 - the one place where errors become answers
        return error_answer(error)


def error_answer(error: Exception) -> func.HttpResponse:
    """Return ``{"error", "message", "remedy"}``; what is not of landbridge's tree stays inside."""
    if not isinstance(error, errors.LandbridgeError):
        logger.error("unexpected", exc_info=error)
        # A name that the state machine knows how to retry; the cause is the log's.
        error = errors.FunctionUnavailableError(
            "the Function App failed unexpectedly", "read the Function App's log"
        )
        return _json(500, _document(error))
    logger.warning("%s: %s", type(error).__name__, error)
    status = next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)
    return _json(status, _document(error))


def unauthenticated() -> func.HttpResponse:
    """Return 401 for whoever showed no true token: the same for every reason there is."""
    error = errors.AccessDeniedError("a valid access token is needed", SEE_THE_LOG)
    body = json.dumps(_document(error))
    return func.HttpResponse(
        body, status_code=401, mimetype="application/json", headers={"WWW-Authenticate": "Bearer"}
    )


def _document(error: errors.LandbridgeError) -> dict[str, Any]:
    return {"error": type(error).__name__, "message": error.message, "remedy": error.remedy}


def _json(status: int, document: Mapping[str, Any]) -> func.HttpResponse:
    return func.HttpResponse(json.dumps(document), status_code=status, mimetype="application/json")
