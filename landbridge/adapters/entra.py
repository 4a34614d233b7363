"""Access tokens of Microsoft Entra ID, by the client credentials grant, with a proof of who asks.

Source: Microsoft Learn, "OAuth 2.0 client credentials flow on the Microsoft identity platform":
the second case is a shared secret's, the third a federated credential's.

Standard library only: a database's pod asks too.
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from landbridge.domain.errors import (
    AccessDeniedError,
    ConfigurationError,
    FunctionUnavailableError,
    LandbridgeError,
)

__all__ = ["FEDERATION_AUDIENCE", "AccessTokens", "Client", "assertion", "file_assertion"]

# What the token of another issuer must be for (Microsoft Learn, "Workload identity federation").
FEDERATION_AUDIENCE = "api://AzureADTokenExchange"
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_TIMEOUT_SECONDS = 5.0
# A token lives for an hour or more. This long before its end it is shown no more, and so long after
# a renewal that failed the next one is tried.
_LAST_SECONDS = 60.0
_PAUSE_SECONDS = 60.0
_MAX_ANSWER_BYTES = 65_536
_CODE = re.compile(r"AADSTS\d{1,9}")
_THROTTLED, _SERVER_ERROR = 429, 500

Proof = Mapping[str, str]


@dataclass(frozen=True)
class Client:
    """Who asks and for what: ``client_id`` of ``tenant_id``, for a token of ``application_id``.

    ``authority`` is Entra's own URL, without a path.
    """

    authority: str
    tenant_id: str
    client_id: str
    application_id: str


def assertion(token: str) -> Proof:
    """Return another issuer's token as the proof, for a federated credential."""
    return {"client_assertion_type": _ASSERTION_TYPE, "client_assertion": token}


def file_assertion(file: Path) -> Proof:
    """Return the proof that a kubelet keeps fresh in a file; raise ConfigurationError."""
    try:
        return assertion(file.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        remedy = "mount a token of the service account for " + FEDERATION_AUDIENCE
        raise ConfigurationError(f"{file}: {type(error).__name__}", remedy) from None


class AccessTokens:
    """The client's access token, used until shortly before its end and renewed from its half on.

    A renewal that fails is no harm while the token is good: Entra may be out when AWS is.
    """

    def __init__(
        self,
        client: Client,
        proof: Callable[[], Proof],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``proof`` is asked whenever a new token is needed, and may raise errors of the tree."""
        self._client, self._proof, self._clock = client, proof, clock
        self._token, self._asked_at, self._seconds = "", 0.0, 0.0
        self._failed_at = float("-inf")

    def current(self) -> str:
        """Return a token that is good for a minute or more.

        Raises AccessDeniedError where Entra refuses the client, FunctionUnavailableError where it
        does not answer, and what the proof raises; none of them while there is a good token.
        """
        now = self._clock()
        good = self._good_for(now) > _LAST_SECONDS
        if good and (self._young(now) or 0.0 <= now - self._failed_at < _PAUSE_SECONDS):
            return self._token
        try:
            self._renew(now)
        except LandbridgeError:
            if not good:
                raise
            self._failed_at = now
        return self._token

    def get_ready(self) -> None:
        """Have a young token, for the time when none can be had; raise why there is none."""
        now = self._clock()
        if not self._young(now):
            self._renew(now)

    def drop(self, token: str) -> None:
        """Forget this token, which somebody refused; a newer one stays."""
        if token == self._token:
            self._token = ""

    def _renew(self, now: float) -> None:
        self._token, self._seconds = _ask(self._client, self._proof())
        self._asked_at = now

    def _good_for(self, now: float) -> float:
        age = now - self._asked_at
        # Nothing is older than it was: a clock that was set back says nothing of a token's age.
        return self._seconds - age if self._token and age >= 0.0 else 0.0

    def _young(self, now: float) -> bool:
        return self._good_for(now) > self._seconds / 2


def _ask(client: Client, proof: Proof) -> tuple[str, float]:
    """Return a fresh token and its lifetime in seconds."""
    form = {
        "grant_type": "client_credentials",
        "client_id": client.client_id,
        "scope": f"api://{client.application_id}/.default",
        **proof,
    }
    url = f"{client.authority.rstrip('/')}/{client.tenant_id}/oauth2/v2.0/token"
    if not url.startswith(("https://", "http://")):
        raise ConfigurationError(f"Entra's authority: {client.authority!r} is no https address")
    status, answer = _post(url, urlencode(form).encode())
    token, seconds = answer.get("access_token"), answer.get("expires_in")
    if status == 200 and isinstance(token, str) and token and type(seconds) is int:  # noqa: PLR2004 - HTTP's own
        return token, float(seconds)
    raise _refusal(status, answer)


def _post(url: str, body: bytes) -> tuple[int, dict[str, Any]]:
    request = Request(url, body, {"Accept": "application/json"})  # noqa: S310 - the scheme is checked
    try:
        try:
            with urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - as above
                status, text = answer.status, answer.read(_MAX_ANSWER_BYTES)
        except HTTPError as error:
            with error:
                status, text = error.code, error.read(_MAX_ANSWER_BYTES)
    except OSError as error:
        raise FunctionUnavailableError(f"no token from Entra: {error}") from error
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    return status, document if isinstance(document, dict) else {}


def _refusal(status: int, answer: Mapping[str, Any]) -> LandbridgeError:
    # The code alone: a description quotes what was sent.
    found = _CODE.search(str(answer.get("error_description", "")))
    code = found.group() if found else f"answered {status}"
    said = f"no token from Entra: {code}"
    if status == _THROTTLED or status >= _SERVER_ERROR or status < 400:  # noqa: PLR2004 - HTTP's own
        return FunctionUnavailableError(said)
    return AccessDeniedError(said, "check tenant, client and its federated credential in Entra")
