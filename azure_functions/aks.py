"""The cluster that holds the gate and the standby, made when it is first needed.

The Function App's managed identity gives the token; there is no secret to keep.
"""

import os
from functools import cache

from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError
from azure.identity import ManagedIdentityCredential

from azure_functions.app_settings import AppSettings, settings_from
from landbridge.adapters.kubernetes import Cluster
from landbridge.domain.errors import ClusterUnavailableError, ConfigurationError

# The Entra application of every AKS API server (Microsoft Learn, "kubelogin": the server id is the
# same for all clusters with AKS-managed Entra integration).
AKS_SCOPE = "6dae42f8-4368-4678-94ff-3960e28e3630/.default"


@cache
def settings() -> AppSettings:
    """Return the settings; raise ConfigurationError."""
    return settings_from(os.environ)


@cache
def cluster() -> Cluster:
    """Return the cluster, whose connections and token are kept between requests."""
    wanted = settings()
    return Cluster(
        wanted.aks_url,
        _token,
        wanted.aks_ca_base64,
        fresh_token=_fresh_token,
        namespace=wanted.gate_namespace,
    )


@cache
def _credential() -> ManagedIdentityCredential:
    if not os.environ.get("IDENTITY_ENDPOINT"):
        raise ConfigurationError(
            "IDENTITY_ENDPOINT is not set: the Function App has no managed identity",
            "give the Function App a managed identity with a role in AKS",
        )
    # The orchestrator retries; here a late answer is worse than none.
    return ManagedIdentityCredential(retry_total=1, connection_timeout=2, read_timeout=5)


def token_seconds(now: float) -> float:
    """Return how long the identity's token for AKS is good for; raise ClusterUnavailableError."""
    return float(_access().expires_on - now)


def _token() -> str:
    return str(_access().token)


def _access() -> AccessToken:
    try:
        token: AccessToken = _credential().get_token(AKS_SCOPE)
    except AzureError as error:
        raise ClusterUnavailableError(f"no token for AKS: {error}") from error
    return token


def _fresh_token() -> str:
    # The credential keeps its token until shortly before it expires; a new credential has none.
    _credential.cache_clear()
    return _token()
