"""EKS bearer tokens: a presigned STS GetCallerIdentity request, as aws-iam-authenticator reads it.

The token is `k8s-aws-v1.` and the URL in unpadded base64url. EKS sends the request to STS, and so
learns who signed it; this module stops before that and checks what can be checked without AWS:
form, age and that the cluster's name was signed. The signature itself is not verified.
"""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

PREFIX = "k8s-aws-v1."
CLUSTER_HEADER = "x-k8s-aws-id"
_MAX_LENGTH = 4096
_MAX_AGE_SECONDS = 15 * 60
_NEEDED = (
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-signedheaders",
    "x-amz-signature",
)


def fault(token: str, at: datetime | None = None) -> str:
    """Say why a token is not valid at a time (default: now); '' where it is valid."""
    encoded = token.removeprefix(PREFIX)
    if not token.startswith(PREFIX) or len(token) > _MAX_LENGTH:
        return "no EKS token"
    try:
        padded = encoded + "=" * (-len(encoded) % 4)
        url = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
        query = {k.lower(): v for k, v in parse_qs(urlsplit(url).query).items()}
    except (binascii.Error, ValueError):
        return "the token is no base64url of a URL"
    values = {key: found[0] for key, found in query.items() if len(found) == 1}
    if values.get("action") != "GetCallerIdentity" or urlsplit(url).path not in ("", "/"):
        return "the URL is no GetCallerIdentity request"
    missing = [name for name in _NEEDED if not values.get(name)]
    if missing:
        return f"the URL is not presigned: {missing[0]} is missing"
    if CLUSTER_HEADER not in values["x-amz-signedheaders"].lower().split(";"):
        return f"{CLUSTER_HEADER} is not signed"
    return _age_fault(values["x-amz-date"], values["x-amz-expires"], at or datetime.now(tz=UTC))


def _age_fault(date: str, expires: str, at: datetime) -> str:
    try:
        signed_at = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        lifetime_seconds = int(expires)
    except ValueError:
        return "X-Amz-Date or X-Amz-Expires can't be read"
    if not 0 < lifetime_seconds <= _MAX_AGE_SECONDS:
        return "X-Amz-Expires is not within 15 minutes"
    if at > signed_at + timedelta(seconds=lifetime_seconds):
        return "the token has expired"
    if signed_at > at + timedelta(seconds=_MAX_AGE_SECONDS):
        return "the token is from the future"
    return ""
