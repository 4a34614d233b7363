"""The gate in Azure, as a database pod asks it before it starts: one bounded GET."""

import json
from urllib.error import URLError
from urllib.request import Request, urlopen

from landbridge.domain.errors import InvalidEventError, SiteUnknownError
from landbridge.domain.gate import Gate, parse_gate

__all__ = ["read_gate"]

TIMEOUT_SECONDS = 4.0


def read_gate(url: str, key: str) -> Gate:
    """Return the gate; raise SiteUnknownError where it could not be read, for whatever reason."""
    if not url.startswith(("https://", "http://")):
        raise SiteUnknownError(f"GATE_URL: {url!r} is no http address")
    try:
        request = Request(url, headers={"x-functions-key": key})  # noqa: S310 - the scheme is checked
        with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - the scheme is checked
            return parse_gate(json.load(answer))
    except (URLError, OSError, ValueError, TypeError, InvalidEventError) as error:
        raise SiteUnknownError(f"{url}: {error}") from error
