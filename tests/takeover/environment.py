"""A takeover's pod as Kubernetes makes it: its environment, its account's files, its secrets."""

import json
from pathlib import Path

__all__ = ["environment"]


def environment(folder: Path, **changes: str) -> dict[str, str]:
    """Return the variables of a pod with its files in ``folder``; an empty change removes one."""
    told = {
        "LANDBRIDGE_RUN": "takeover-manual-1-0123456789",
        "LANDBRIDGE_REQUEST": json.dumps({"trigger": "manual", "reason": "AWS is dead"}),
        "LANDBRIDGE_RECORDS_NAMESPACE": "landbridge",
        "LANDBRIDGE_SECRETS_FOLDER": str(folder),
        "LANDBRIDGE_ACCOUNT_FOLDER": str(folder),
        "AZURE_CLIENT_ID": "the-takeover",
        "AZURE_FEDERATED_TOKEN_FILE": str(folder / "entra-token"),
        "KUBERNETES_SERVICE_HOST": "10.0.0.1",
        **changes,
    }
    return {name: value for name, value in told.items() if value}
