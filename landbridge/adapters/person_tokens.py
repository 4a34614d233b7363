"""A person's access tokens for the Function App, by the sign-in that the Azure CLI keeps.

Nothing is asked and nothing is kept here: ``az login`` came before. The Azure CLI's own id must be
among the callers, and the person must have the role Operator (docs/security.md).
"""

import time
from collections.abc import Callable

from azure.core.credentials import AccessToken, TokenCredential
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import AzureCliCredential, CredentialUnavailableError

from landbridge.domain.errors import AccessDeniedError, ConfigurationError
from landbridge.domain.settings import FunctionApp

__all__ = ["PersonTokens"]

_LAST_SECONDS = 60.0
_TIMEOUT_SECONDS = 30


class PersonTokens:
    """The token of whoever is signed in; the Azure CLI is asked again shortly before its end."""

    def __init__(
        self,
        settings: FunctionApp,
        credential: TokenCredential | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._credential = credential or AzureCliCredential(
            tenant_id=settings.tenant_id, process_timeout=_TIMEOUT_SECONDS
        )
        self._scope = f"api://{settings.application_id}/.default"
        self._sign_in = f"az login --tenant {settings.tenant_id} --scope {self._scope}"
        self._clock = clock
        self._kept: AccessToken | None = None

    def current(self) -> str:
        """Return a token that is good for a minute or more.

        Raises ConfigurationError where nobody is signed in, AccessDeniedError where Entra refuses.
        """
        if self._kept is None or self._kept.expires_on - self._clock() <= _LAST_SECONDS:
            self._kept = self._asked()
        return str(self._kept.token)

    def get_ready(self) -> None:
        """Have a token at hand; raise why there is none."""
        self.current()

    def drop(self, token: str) -> None:
        """Forget a token that was refused."""
        if self._kept is not None and self._kept.token == token:
            self._kept = None

    def _asked(self) -> AccessToken:
        try:
            return self._credential.get_token(self._scope)
        except CredentialUnavailableError as error:
            said = f"no token of yours from the Azure CLI: {_first_line(error)}"
            remedy = f"{self._sign_in}; or without the Function App: --manifest"
            raise ConfigurationError(said, remedy) from None
        except ClientAuthenticationError as error:
            said = f"Entra gives you no token for the Function App: {_first_line(error)}"
            raise AccessDeniedError(said, self._sign_in) from None


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:300]
