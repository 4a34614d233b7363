"""What a takeover's pod is told, from its environment, checked before anything is done."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landbridge.adapters.azure_records import AzureRecords
from landbridge.adapters.kubernetes import Cluster
from landbridge.domain.errors import ConfigurationError, InvalidEventError
from landbridge.domain.takeover_job import parse_takeover
from landbridge.takeover.places import Places

__all__ = ["Order", "order_from"]

# A run's name is a part of its ConfigMap's, which has 253 characters (Kubernetes, "Object Names").
_RUN = re.compile(r"[a-z0-9]([-a-z0-9]{0,198}[a-z0-9])?")
_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
_REMEDY = "mend the Job's environment: deploy/azure/takeover.yaml"


@dataclass(frozen=True)
class Order:
    """``request`` is the machine's input; the rest says where AKS and the pod's own files are.

    ``client_id`` is its identity in Entra, which takes the word of ``entra_token_file``.
    """

    run: str
    request: Mapping[str, Any]
    namespace: str
    api_url: str
    token_file: Path
    ca_file: Path
    secrets_folder: Path
    client_id: str
    entra_token_file: Path
    webhook_secret: str
    webhook_format: str

    def cluster(self) -> Cluster:
        """Return the cluster in which the pod runs, as its service account."""
        return Cluster(self.api_url, self._token, ca_file=self.ca_file, namespace=self.namespace)

    def places(self) -> Places:
        """Return what is put in the place of AWS's services."""
        records = AzureRecords(self.cluster(), self.namespace)
        return Places(
            records,
            self.secrets_folder,
            self.client_id,
            self.entra_token_file,
            self.webhook_secret,
            self.webhook_format,
        )

    def _token(self) -> str:
        # Kubernetes renews the file; a pod that keeps its first token is refused after an hour.
        return self.token_file.read_text(encoding="utf-8").strip()


def order_from(environment: Mapping[str, str], now: float) -> Order:
    """Return the order; raise ConfigurationError or InvalidEventError, which name the variable."""
    run = _text(environment, "LANDBRIDGE_RUN")
    if not _RUN.fullmatch(run):
        raise ConfigurationError(
            "LANDBRIDGE_RUN: lower-case letters, digits and - are needed", _REMEDY
        )
    account = Path(environment.get("LANDBRIDGE_ACCOUNT_FOLDER", _ACCOUNT))
    host = _text(environment, "KUBERNETES_SERVICE_HOST")
    port = environment.get("KUBERNETES_SERVICE_PORT", "443")
    return Order(
        run=run,
        request=_request(_text(environment, "LANDBRIDGE_REQUEST"), now),
        namespace=_text(environment, "LANDBRIDGE_RECORDS_NAMESPACE"),
        api_url=environment.get("LANDBRIDGE_API_URL") or f"https://{host}:{port}",
        token_file=account / "token",
        ca_file=account / "ca.crt",
        secrets_folder=Path(_text(environment, "LANDBRIDGE_SECRETS_FOLDER")),
        client_id=_text(environment, "AZURE_CLIENT_ID"),
        entra_token_file=Path(_text(environment, "AZURE_FEDERATED_TOKEN_FILE")),
        webhook_secret=environment.get("LANDBRIDGE_WEBHOOK_SECRET", ""),
        webhook_format=environment.get("LANDBRIDGE_WEBHOOK_FORMAT", ""),
    )


def _request(text: str, now: float) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise InvalidEventError(f"LANDBRIDGE_REQUEST is not JSON: {error}", _REMEDY) from None
    parse_takeover(document, now)  # The first step does it again; here nothing has begun yet.
    return dict(document)


def _text(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "").strip()
    if not value:
        raise ConfigurationError(f"{name} is not set", _REMEDY)
    return value
