"""What AWS's API answered instead, as an error of the tree: the one place that knows its codes.

Sources: each service's API reference, "Common Errors" and the errors of the actions used here.
Whatever is not known to be permanent (throttling, 5xx, a code nobody has met) is unknown.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
)

from landbridge.domain.errors import (
    AccessDeniedError,
    ConfigurationError,
    LandbridgeError,
    SiteUnknownError,
)

__all__ = ["aws_errors", "error_code", "translated"]

_DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",  # SNS
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "KMSAccessDenied",
        "KMSAccessDeniedException",
        "NotAuthorized",
        "SignatureDoesNotMatch",
        "UnauthorizedOperation",
        "UnrecognizedClientException",
    }
)
_MISSING = frozenset(
    {
        "NotFound",  # SNS
        "NotFoundException",
        "ResourceNotFoundException",
        "StateMachineDoesNotExist",
    }
)
_NOT_SET_UP = (NoCredentialsError, NoRegionError, PartialCredentialsError, ProfileNotFound)


def error_code(error: ClientError) -> str:
    """Return the code that AWS answered with, as ``AccessDeniedException``."""
    return str(error.response.get("Error", {}).get("Code", ""))


def translated(
    error: ClientError | BotoCoreError, action: str, remedy: str = "deploy the stacks again"
) -> LandbridgeError:
    """Return the error to raise; ``remedy`` is for a resource that is not there.

    AccessDeniedError and ConfigurationError are permanent; SiteUnknownError is all the rest.
    """
    if isinstance(error, _NOT_SET_UP):
        return ConfigurationError(f"{action}: {error}", "set AWS_PROFILE, or run: aws configure")
    if isinstance(error, BotoCoreError):
        return SiteUnknownError(f"{action}: AWS did not answer: {error}")
    code = error_code(error)
    said = f"{action}: {code}: {error.response.get('Error', {}).get('Message', '')}"
    if code in _DENIED:
        return AccessDeniedError(said)
    if code in _MISSING:
        return ConfigurationError(said, remedy)
    return SiteUnknownError(said)


@contextmanager
def aws_errors(action: str, remedy: str = "deploy the stacks again") -> Iterator[None]:
    """Raise whatever AWS says in the block as an error of the tree; ``action`` is who was asked."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise translated(error, action, remedy) from error
