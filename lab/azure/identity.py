"""The managed identity endpoint that App Service gives to a Function App.

Source: Microsoft Learn, "How to use managed identities for App Service", REST endpoint reference:
``GET IDENTITY_ENDPOINT?resource=...&api-version=2019-08-01`` with the value of ``IDENTITY_HEADER``
in X-IDENTITY-HEADER. The token given here is the one that the lab's AKS knows.
"""

import hmac
import time
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

PATH = "/msi/token"
API_VERSION = "2019-08-01"
# The application of every AKS API server.
AKS = "6dae42f8-4368-4678-94ff-3960e28e3630"
LIFETIME_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Identity:
    """The Function App's identity: the secret that asks for its token, the file of that for AKS."""

    header: str
    token_file: Path

    def application(self) -> web.Application:
        """Return the aiohttp application to serve on loopback."""
        application = web.Application()
        application.router.add_get(PATH, self._answer)
        return application

    async def _answer(self, request: web.Request) -> web.Response:
        shown = request.headers.get("X-IDENTITY-HEADER", "")
        if not hmac.compare_digest(shown.encode(), self.header.encode()):
            return _refusal(401, "X-IDENTITY-HEADER is not this app's")
        if request.query.get("api-version") != API_VERSION:
            return _refusal(400, f"api-version must be {API_VERSION}")
        resource = request.query.get("resource", "")
        if resource.rstrip("/") != AKS:
            return _refusal(400, f"this identity has no role at resource {resource!r}")
        token = self.token_file.read_text()
        if not token:
            return _refusal(400, "the identity was removed from the app")
        return web.json_response(
            {
                "access_token": token,
                "expires_on": str(int(time.time()) + LIFETIME_SECONDS),
                "resource": resource,
                "token_type": "Bearer",
                "client_id": "00000000-0000-0000-0000-000000000001",
            }
        )


def _refusal(status: int, message: str) -> web.Response:
    return web.json_response({"statusCode": status, "message": message}, status=status)
