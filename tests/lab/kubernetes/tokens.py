"""EKS tokens as a client of EKS makes them."""

import base64
from datetime import UTC, datetime
from urllib.parse import urlencode

from lab.kubernetes.api.eks_tokens import PREFIX

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def eks_token(at: datetime = NOW, **changes: str | None) -> str:
    """Make a token as `aws eks get-token` does, signed at a time, with changes to its query."""
    query: dict[str, str | None] = {
        "Action": "GetCallerIdentity",
        "Version": "2011-06-15",
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": "AKIDEXAMPLE/20261123/eu-west-1/sts/aws4_request",
        "X-Amz-Date": at.strftime("%Y%m%dT%H%M%SZ"),
        "X-Amz-Expires": "60",
        "X-Amz-SignedHeaders": "host;x-k8s-aws-id",
        "X-Amz-Signature": "0" * 64,
    }
    given = {k: v for k, v in (query | changes).items() if v is not None}
    url = f"https://sts.eu-west-1.amazonaws.com/?{urlencode(given)}"
    return PREFIX + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")
