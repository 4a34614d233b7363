"""Credentials from AWS Secrets Manager, kept by a worker for some minutes and never logged."""

import json
import time
from functools import lru_cache

from botocore.config import Config

from landbridge.adapters.aws_clients import aws_client
from landbridge.adapters.aws_errors import aws_errors
from landbridge.adapters.replaceable import replaceable
from landbridge.domain.errors import ConfigurationError

__all__ = ["read_secret"]

_CONFIG = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 2})
# A worker that is kept warm lives for hours, in which a secret may be rotated.
_KEPT_SECONDS = 300


@replaceable
def read_secret(name: str) -> dict[str, str]:
    """Return the secret's JSON object, as it was at most five minutes ago.

    Raises AccessDeniedError, ConfigurationError (there is none, or it is no object of texts) or
    SiteUnknownError (Secrets Manager did not answer).
    """
    return _read(name, int(time.monotonic() // _KEPT_SECONDS))


@lru_cache(maxsize=8)
def _read(name: str, _period: int) -> dict[str, str]:
    client = aws_client("secretsmanager", _CONFIG)
    with aws_errors(f"secret {name}", "create it"):
        answer = client.get_secret_value(SecretId=name)
    try:
        content = json.loads(answer.get("SecretString", ""))
        return {str(key): str(value) for key, value in content.items()}
    except (ValueError, AttributeError):
        # Without the cause: a decoder's message would quote the secret.
        raise ConfigurationError(f"secret {name} is not a JSON object") from None
