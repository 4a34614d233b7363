"""AWS's own word for who this is: a token that STS signs, for somebody outside of AWS to check.

Sources: AWS STS API Reference, "GetWebIdentityToken"; IAM User Guide, "Federating AWS identities to
external services". The steps have a role each, and a federated credential in Entra matches one
subject, of which an application may have 20. So the steps share one role for this alone.
"""

import os

from botocore.config import Config
from botocore.exceptions import ClientError

from landbridge.adapters.aws_clients import aws_client
from landbridge.adapters.aws_errors import aws_errors, error_code
from landbridge.domain.errors import ConfigurationError

__all__ = ["web_identity_token"]

_CONFIG = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 2})
_TOKEN_SECONDS = 300
_SESSION_SECONDS = 900  # the least that AssumeRole gives; a token may not outlive its session
_DISABLED = "OutboundWebIdentityFederationDisabledException"


def web_identity_token(role_arn: str, audience: str) -> str:
    """Return a token of five minutes that says: this is ``role_arn``, for ``audience``.

    Raises AccessDeniedError, ConfigurationError or SiteUnknownError (STS did not answer).
    """
    with aws_errors(f"STS for {role_arn}"):
        try:
            return _token(role_arn, audience)
        except ClientError as error:
            if error_code(error) == _DISABLED:
                remedy = "run: aws iam enable-outbound-web-identity-federation"
                raise ConfigurationError(
                    "STS: this account signs no tokens for others", remedy
                ) from None
            raise


def _token(role_arn: str, audience: str) -> str:
    sts = aws_client("sts", _CONFIG)
    assumed = sts.assume_role(
        RoleArn=role_arn,
        RoleSessionName=os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "landbridge")[:64],
        DurationSeconds=_SESSION_SECONDS,
    )["Credentials"]
    caller = aws_client(
        "sts",
        _CONFIG,
        aws_access_key_id=assumed["AccessKeyId"],
        aws_secret_access_key=assumed["SecretAccessKey"],
        aws_session_token=assumed["SessionToken"],
    )
    # Of the two that STS knows, RS256 is the one that Entra takes.
    answer = caller.get_web_identity_token(
        Audience=[audience], SigningAlgorithm="RS256", DurationSeconds=_TOKEN_SECONDS
    )
    return str(answer["WebIdentityToken"])
