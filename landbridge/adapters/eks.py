"""EKS, as the steps need it: a few requests over plain HTTPS.

The official client is 74 MB of files and a second of cold start. The token is a
presigned STS GetCallerIdentity URL (EKS User Guide, "Cluster authentication"; the format is
aws-iam-authenticator's).
"""

import base64
import http.client
import json
import ssl
import time
from urllib.parse import urlsplit

from botocore.signers import RequestSigner

from landbridge.adapters.aws_clients import aws_client, aws_session
from landbridge.adapters.aws_errors import aws_errors
from landbridge.adapters.replaceable import replaceable
from landbridge.domain.errors import AccessDeniedError, ClusterUnavailableError, ConfigurationError
from landbridge.domain.settings import Deployment, Eks

__all__ = ["MERGE_PATCH", "EksApi", "scale_deployment"]

MERGE_PATCH = "application/merge-patch+json"
_TOKEN_SECONDS = 60
_OK = 200
_DENIED = frozenset({401, 403})
_THROTTLED = 429
_SERVER_ERROR = 500
_MISSING = 404


@replaceable
def _token(eks: Eks) -> str:
    session, client = aws_session(), aws_client("sts", region_name=eks.region)
    signer = RequestSigner(
        client.meta.service_model.service_id,
        eks.region,
        "sts",
        "v4",
        session.get_credentials(),
        session.get_component("event_emitter"),
    )
    request = {
        "method": "GET",
        "url": f"https://sts.{eks.region}.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15",
        "body": {},
        "headers": {"x-k8s-aws-id": eks.cluster},
        "context": {},
    }
    with aws_errors(f"EKS {eks.cluster}: token"):
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
        try:
            authority = base64.b64decode(eks.certificate_authority).decode("ascii")
            context.load_verify_locations(cadata=authority)
        except (ValueError, ssl.SSLError) as error:
            raise ConfigurationError(f"eks.certificate_authority: {error}") from None
    return http.client.HTTPSConnection(
        parts.hostname, parts.port, timeout=timeout_seconds, context=context
    )


class EksApi:
    """The cluster's API, one bounded request at a time."""

    def __init__(self, eks: Eks, timeout_seconds: float) -> None:
        self._eks, self._timeout_seconds = eks, timeout_seconds
        self._signed: tuple[float, str] | None = None

    def _bearer(self) -> str:
        # Signing takes longer than a request; a token is used for half of its life.
        now = time.monotonic()
        if self._signed is None or now - self._signed[0] > _TOKEN_SECONDS / 2:
            self._signed = (now, _token(self._eks))
        return self._signed[1]

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        content_type: str = "application/json",
    ) -> tuple[int, str]:
        """Return status and text of the answer, whatever it is below 500 and but for these.

        Raises AccessDeniedError for 401 and 403; ClusterUnavailableError for 429, 5xx and silence.
        """
        what = f"EKS {self._eks.cluster}"
        headers = {"Authorization": f"Bearer {self._bearer()}", "Accept": "*/*"}
        if body is not None:
            headers["Content-Type"] = content_type
        connection = _connection(self._eks, self._timeout_seconds)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            raise ClusterUnavailableError(
                f"{what}: {str(error) or type(error).__name__}"
            ) from error
        finally:
            connection.close()
        said = f"{what}: answered {answer.status} to {method} {path.partition('?')[0]}"
        if answer.status in _DENIED:
            raise AccessDeniedError(said, "check this role's access entry in the cluster")
        if answer.status == _THROTTLED or answer.status >= _SERVER_ERROR:
            raise ClusterUnavailableError(said)
        return answer.status, text


def scale_deployment(
    eks: Eks, deployment: Deployment, replicas: int, timeout_seconds: float
) -> int:
    """Set the Deployment's replicas on EKS; return what the cluster now has as its wish.

    Raises AccessDeniedError, ConfigurationError (no such Deployment), or ClusterUnavailableError
    where the API did not do it.
    """
    path = f"/apis/apps/v1/namespaces/{deployment.namespace}/deployments/{deployment.name}/scale"
    body = {"spec": {"replicas": replicas}}
    status, text = EksApi(eks, timeout_seconds).request("PATCH", path, body, MERGE_PATCH)
    said = f"EKS {eks.cluster}: answered {status} to the scale"
    if status == _MISSING:
        raise ConfigurationError(f"{said} of {deployment.namespace}/{deployment.name}")
    if status != _OK:
        raise ClusterUnavailableError(said)
    # A real API server leaves replicas out where they are zero.
    return int(json.loads(text).get("spec", {}).get("replicas") or 0)
