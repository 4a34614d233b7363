"""As whom the orchestrator asks the Function App: AWS's own identity, or a secret where it must be.

With ``function_app.secret`` empty no secret crosses the clouds: STS says who this is, and Entra's
federated credential takes its word. A secret named there is the fallback.
"""

from landbridge.adapters.entra import FEDERATION_AUDIENCE, AccessTokens, Client, Proof, assertion
from landbridge.adapters.replaceable import replaceable
from landbridge.adapters.secrets import read_secret
from landbridge.adapters.web_identity import web_identity_token
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.settings import FunctionApp

__all__ = ["ROLE_VARIABLE", "caller_tokens"]

ROLE_VARIABLE = "LANDBRIDGE_FUNCTION_CALLER_ROLE"


@replaceable
def caller_tokens(settings: FunctionApp, role_arn: str) -> AccessTokens:
    """Return the source of the orchestrator's tokens; ``role_arn`` is the role that they share."""

    def proof() -> Proof:
        if settings.secret:
            return _secret(settings.secret)
        if not role_arn:
            raise ConfigurationError(f"{ROLE_VARIABLE} is not set", "deploy the stacks again")
        return assertion(web_identity_token(role_arn, FEDERATION_AUDIENCE))

    client = Client(
        settings.authority, settings.tenant_id, settings.client_id, settings.application_id
    )
    return AccessTokens(client, proof)


def _secret(name: str) -> Proof:
    content = read_secret(name)
    if "client_secret" not in content:
        raise ConfigurationError(f'secret {name}: "client_secret" is missing')
    return {"client_secret": content["client_secret"]}
