"""What an operator puts into AKS for takeovers: the manifest, the settings, the secrets.

A pod of the lab has no service account's files, so its token and authority come from a Secret of
their own, mounted where the pod is told to look.
"""

import base64
import json
import sys
from pathlib import Path
from typing import Any

import yaml

from lab.aws.outage import TAKEOVER_KEY
from lab.clouds import names
from lab.clouds.chat import WEBHOOK_SECRET
from lab.kubernetes.cluster import User
from lab.kubernetes.node.images import Image

__all__ = ["IMAGE", "TAKEOVER_IMAGE", "TAKEOVER_USER", "takeover_objects"]

IMAGE = "landbridge/takeover:1"
TAKEOVER_USER = User(f"system:serviceaccount:{names.GATE_NAMESPACE}:landbridge-takeover")
_MANIFEST = names.ROOT / "deploy" / "azure" / "takeover.yaml"
_JOB, _ACCOUNT = "job.json", "account"
_ACCOUNT_FOLDER = "/var/run/secrets/landbridge"


# Its pod takes what it takes: a workload's slow start is not imitated for it.
TAKEOVER_IMAGE = Image(command=(sys.executable, "-m", "landbridge.takeover"), slow=False)


def takeover_objects(
    settings: dict[str, Any],
    secrets: dict[str, dict[str, str]],
    *,
    aws_url: str,
    authority: Path,
    url: str,
    token: str,
    ca_base64: str,
) -> list[dict[str, Any]]:
    """Return everything to apply; ``settings`` and ``secrets`` are the Lambdas' own."""
    files = {name.replace("/", "."): json.dumps(value) for name, value in secrets.items()}
    account = {"token": token, "ca.crt": base64.b64decode(ca_base64).decode()}
    told = {
        "SSL_CERT_FILE": str(authority),
        "LANDBRIDGE_SETTINGS": json.dumps(settings),
        "AZURE_CLIENT_ID": settings["takeover"]["client_id"],
        "LANDBRIDGE_API_URL": url,
        # What a pod has not in life: a call of AWS's that it should never make is seen, not lost.
        "AWS_ENDPOINT_URL": aws_url,
        "AWS_ACCESS_KEY_ID": TAKEOVER_KEY,
        "AWS_SECRET_ACCESS_KEY": "none",
        "LANDBRIDGE_ACCOUNT_FOLDER": _ACCOUNT_FOLDER,
        "LANDBRIDGE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "LANDBRIDGE_WEBHOOK_FORMAT": "slack",
        "KUBERNETES_SERVICE_HOST": "127.0.0.1",
    }
    return [
        *_documents(_MANIFEST),
        _object("ConfigMap", "landbridge-takeover-settings", told),
        _object("Secret", "landbridge-takeover-secrets", _encoded(files)),
        _object("Secret", f"landbridge-takeover-{_ACCOUNT}", _encoded(account)),
    ]


def _documents(file: Path) -> list[dict[str, Any]]:
    documents = [one for one in yaml.safe_load_all(file.read_text(encoding="utf-8")) if one]
    for one in documents:
        if _JOB in one.get("data", {}):
            job = json.loads(one["data"][_JOB])
            pod = job["spec"]["template"]["spec"]
            secret = {"secretName": f"landbridge-takeover-{_ACCOUNT}"}
            pod["volumes"].append({"name": _ACCOUNT, "secret": secret})
            mount = {"name": _ACCOUNT, "mountPath": _ACCOUNT_FOLDER, "readOnly": True}
            (container,) = pod["containers"]
            container["volumeMounts"].append(mount)
            # A socket's name has 107 characters, which a folder of a pod here has already.
            container["env"] = [one for one in container["env"] if one["name"] != "TMPDIR"]
            one["data"][_JOB] = json.dumps(job)
    return documents


def _encoded(texts: dict[str, str]) -> dict[str, str]:
    return {name: base64.b64encode(text.encode()).decode() for name, text in texts.items()}


def _object(kind: str, name: str, data: dict[str, str]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": names.GATE_NAMESPACE}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, "data": data}
