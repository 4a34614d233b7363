"""The gate in Azure, as a database pod asks it before it starts: one bounded GET."""

import json
from http import HTTPStatus
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from landbridge.adapters.entra import AccessTokens
from landbridge.domain.errors import InvalidEventError, LandbridgeError, SiteUnknownError
from landbridge.domain.gate import Gate, parse_gate

__all__ = ["read_gate"]

TIMEOUT_SECONDS = 4.0


def read_gate(url: str, tokens: AccessTokens) -> Gate:
    """Return the gate; raise SiteUnknownError where it could not be read, for whatever reason."""
    if not url.startswith(("https://", "http://")):
        raise SiteUnknownError(f"GATE_URL: {url!r} is no http address")
    try:
        token = tokens.current()
        try:
            return _ask(url, token)
        except HTTPError as error:
            if error.code != HTTPStatus.UNAUTHORIZED:
                raise
            error.close()
        # Once: it may be older than this clock says.
        tokens.drop(token)
        return _ask(url, tokens.current())
    except (URLError, OSError, ValueError, TypeError, InvalidEventError) as error:
        raise SiteUnknownError(f"{url}: {error}") from error
    except LandbridgeError as error:
        raise SiteUnknownError(f"{url}: {error.message}") from error


def _ask(url: str, token: str) -> Gate:
    request = Request(url, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - the scheme is checked
    with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - the scheme is checked
        return parse_gate(json.load(answer))
