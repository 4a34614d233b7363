"""EKS, as the fence needs it: the scale of one Deployment, over plain HTTPS.

The official client is 74 MB of files and a second of cold start for two requests. The token is a
presigned STS GetCallerIdentity URL (EKS User Guide, "Cluster authentication"; the format is
aws-iam-authenticator's).
"""

import base64
import http.client
import json
import ssl
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.signers import RequestSigner

from landbridge.domain.errors import AccessDeniedError, ClusterUnavailableError, ConfigurationError
from landbridge.domain.settings import Deployment, Eks

__all__ = ["scale_deployment"]

_TOKEN_SECONDS = 60
_OK = 200


def _token(eks: Eks) -> str:
    session: Any = boto3.session.Session()
    client = session.client("sts", region_name=eks.region)
    signer = RequestSigner(
        client.meta.service_model.service_id,
        eks.region,
        "sts",
        "v4",
        session.get_credentials(),
        session.events,
    )
    request = {
        "method": "GET",
        "url": f"https://sts.{eks.region}.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15",
        "body": {},
        "headers": {"x-k8s-aws-id": eks.cluster},
        "context": {},
    }
    url = signer.generate_presigned_url(
        request, region_name=eks.region, expires_in=_TOKEN_SECONDS, operation_name=""
    )
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def _connection(eks: Eks, timeout_seconds: float) -> http.client.HTTPConnection:
    parts = urlsplit(eks.endpoint)
    if parts.hostname is None:
        raise ConfigurationError(f"eks.endpoint: {eks.endpoint!r} is not a URL")
    if parts.scheme == "http":
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout_seconds)
    context = ssl.create_default_context()
    if eks.certificate_authority:
        context.load_verify_locations(
            cadata=base64.b64decode(eks.certificate_authority).decode("ascii")
        )
    return http.client.HTTPSConnection(
        parts.hostname, parts.port, timeout=timeout_seconds, context=context
    )


def scale_deployment(
    eks: Eks, deployment: Deployment, replicas: int, timeout_seconds: float
) -> int:
    """Set the Deployment's replicas on EKS; return what the cluster now has as its wish.

    Raises AccessDeniedError, or ClusterUnavailableError where the API did not do it.
    """
    path = f"/apis/apps/v1/namespaces/{deployment.namespace}/deployments/{deployment.name}/scale"
    headers = {
        "Authorization": f"Bearer {_token(eks)}",
        "Content-Type": "application/merge-patch+json",
        "Accept": "application/json",
    }
    body = json.dumps({"spec": {"replicas": replicas}})
    connection = _connection(eks, timeout_seconds)
    try:
        connection.request("PATCH", path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
    except OSError as error:
        raise ClusterUnavailableError(f"EKS {eks.cluster}: {error}") from error
    finally:
        connection.close()
    if answer.status in {401, 403}:
        raise AccessDeniedError(f"EKS {eks.cluster}: answered {answer.status} to the scale")
    if answer.status != _OK:
        raise ClusterUnavailableError(f"EKS {eks.cluster}: answered {answer.status} to the scale")
    # A real API server leaves replicas out where they are zero.
    return int(json.loads(text).get("spec", {}).get("replicas") or 0)
