"""Who asks: each route but the two vetoes wants an access token of Entra, and is registered here.

A route that is registered in the Functions' own way instead wants the app's function key, which
nobody is given: who forgets this module opens nothing.
"""

import logging
import os
import time
from collections.abc import Callable
from functools import cache, wraps

import azure.functions as func
import jwt

from azure_functions.answers import SEE_THE_LOG, error_answer, unauthenticated
from azure_functions.caller_settings import trust_from
from landbridge.domain.callers import Role, Trust, refusal
from landbridge.domain.errors import AccessDeniedError, FunctionUnavailableError

__all__ = ["OPERATORS", "ORCHESTRATOR", "READERS", "forget", "guarded"]

logger = logging.getLogger(__name__)

ORCHESTRATOR = frozenset({Role.ORCHESTRATOR})
READERS = frozenset({Role.ORCHESTRATOR, Role.GATE_READER, Role.OPERATOR})
OPERATORS = frozenset({Role.ORCHESTRATOR, Role.OPERATOR})  # what a person may ask for, too

Handler = Callable[[func.HttpRequest], func.HttpResponse]

_SKEW_SECONDS = 60
_MAX_TOKEN_CHARACTERS = 16_384
_MAX_KEY_ID_CHARACTERS = 256
_CLAIMS = ["aud", "exp", "iat", "iss", "nbf"]
# Microsoft Learn, "Signing key rollover": look once a day, and at once for a key nobody knows.
_KEYS_SECONDS = 24 * 3600
_REFRESH_SECONDS = 30
_FETCH_SECONDS = 5


class _UntrueTokenError(Exception):
    """The token is none, or not a true one; the message is for the log."""


def guarded(
    blueprint: func.Blueprint,
    route: str,
    method: str,
    roles: frozenset[Role] = ORCHESTRATOR,
) -> Callable[[Handler], Handler]:
    """Register the handler for callers with one of these roles; the handler itself stays as it is.

    Whoever shows no true token gets 401, who lacks the role 403, and neither is told more. While
    the tenant's keys cannot be had it is 503.
    """

    def register(handler: Handler) -> Handler:
        @wraps(handler)
        def checked(req: func.HttpRequest) -> func.HttpResponse:
            refused = _refused(req.headers.get("Authorization", ""), roles)
            return handler(req) if refused is None else refused

        # The host lets everybody through, to be asked here for a token.
        level = func.AuthLevel.ANONYMOUS
        blueprint.route(route=route, methods=[method], auth_level=level)(checked)
        return handler

    return register


def forget() -> None:
    """Read settings and keys anew when they are next needed."""
    _trust.cache_clear()
    _keys.cache_clear()


def _refused(shown: str, roles: frozenset[Role]) -> func.HttpResponse | None:
    try:
        claims = _true_claims(shown)
        reason = refusal(claims, _trust(), roles)
    except _UntrueTokenError as error:
        logger.warning("no true token: %s", error)
        return unauthenticated()
    except Exception:  # whatever it was, somebody unknown asks
        logger.exception("the caller could not be checked")
        return error_answer(FunctionUnavailableError("the caller can't be checked now"))
    if not reason:
        return None
    # The ids are no secrets, and say whom an administrator has to look for.
    logger.warning("refused %s: %s", claims.get("azp"), reason)
    return error_answer(AccessDeniedError("this application may not do that", SEE_THE_LOG))


def _true_claims(shown: str) -> dict[str, object]:
    scheme, _, token = shown.partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(token) <= _MAX_TOKEN_CHARACTERS:
        raise _UntrueTokenError("no bearer token was shown")
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        raise _UntrueTokenError(str(error)) from None
    key_id = header.get("kid")
    # Before anything is fetched for it.
    if header.get("alg") != "RS256" or not isinstance(key_id, str):
        raise _UntrueTokenError("not signed with RS256 by a named key")
    if len(key_id) > _MAX_KEY_ID_CHARACTERS:
        raise _UntrueTokenError("the key's name is too long")
    return _decoded(token, key_id)


def _decoded(token: str, key_id: str) -> dict[str, object]:
    trust, keys = _trust(), _keys()
    try:
        key = keys.get_signing_key(key_id)
        return dict(
            jwt.decode(
                token,
                key.key,
                algorithms=["RS256"],
                audience=trust.application_id,
                issuer=trust.issuer,
                leeway=_SKEW_SECONDS,
                options={"require": _CLAIMS},
            )
        )
    except jwt.PyJWKClientConnectionError:
        raise
    except jwt.PyJWTError as error:
        raise _UntrueTokenError(f"{type(error).__name__}: {error}") from None


class _Keys(jwt.PyJWKClient):
    """The tenant's keys: kept for a day, fetched anew for an unknown one twice a minute at most.

    A fetch that failed is not tried again for some seconds: requests wait for each other here.
    """

    _failed_at = float("-inf")

    def fetch_data(self) -> object:
        """Return the key set; raise PyJWKClientConnectionError where there is none, and why."""
        now = time.monotonic()
        if now - self._failed_at < _FETCH_SECONDS:
            raise jwt.PyJWKClientConnectionError("the keys could not be had a moment ago")
        try:
            return super().fetch_data()
        except (jwt.PyJWTError, OSError, ValueError) as error:
            self._failed_at = now
            raise jwt.PyJWKClientConnectionError(str(error)) from error


@cache
def _trust() -> Trust:
    return trust_from(os.environ)


@cache
def _keys() -> _Keys:
    return _Keys(
        _trust().keys_url,
        lifespan=_KEYS_SECONDS,
        cooldown_duration=_REFRESH_SECONDS,
        timeout=_FETCH_SECONDS,
    )
