"""The Job of a takeover: the operator's manifest, with the run and its request put in."""

import copy
import json
from collections.abc import Mapping
from typing import Any

from landbridge.domain.errors import ConfigurationError

__all__ = ["LABEL", "takeover_job"]

LABEL = "landbridge-takeover"
RUN_ANNOTATION = "landbridge/run"
_REMEDY = "apply deploy/azure/takeover.yaml"


def takeover_job(
    manifest: Mapping[str, Any], *, namespace: str, run: str, request: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the Job to create; it is named for its run, so that asking twice makes one.

    Raises ConfigurationError where the manifest is not what takeover.yaml has.
    """
    job = copy.deepcopy(dict(manifest))
    try:
        metadata = job["metadata"]
        metadata |= {"name": run, "namespace": namespace}
        metadata.setdefault("annotations", {})[RUN_ANNOTATION] = run
        metadata.setdefault("labels", {})["app"] = LABEL
        (container,) = job["spec"]["template"]["spec"]["containers"]
        container["env"] = [
            *container.get("env", []),
            {"name": "LANDBRIDGE_RUN", "value": run},
            {"name": "LANDBRIDGE_REQUEST", "value": json.dumps(dict(request), sort_keys=True)},
        ]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(f"ConfigMap {LABEL}: job.json: {error!r}", _REMEDY) from None
    return job
