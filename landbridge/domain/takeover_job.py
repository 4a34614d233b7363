"""A takeover's request, and its Job: the operator's manifest with the run and the request in it."""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from landbridge.domain.errors import ConfigurationError, InvalidEventError
from landbridge.domain.starting import StartRequest, execution_name, own_words, parse_request

__all__ = ["FLOW", "LABEL", "TakeoverRequest", "parse_takeover", "takeover_job"]

FLOW = "takeover"
LABEL = "landbridge-takeover"
RUN_ANNOTATION = "landbridge/run"
_ASKED = ("trigger", "reason", "incident", "occurred_at", "accept_data_loss", "force")
_REMEDY = "apply deploy/azure/takeover.yaml"


@dataclass(frozen=True)
class TakeoverRequest:
    """``take_lock`` is why the run that holds the lock is dead for sure; empty: wait for it."""

    request: StartRequest
    take_lock: str

    @property
    def run(self) -> str:
        """The run's name, the same for one incident's copies."""
        return execution_name(self.request, FLOW)

    def document(self) -> dict[str, Any]:
        """Return it as the Job's environment has it; ``parse_takeover`` reads it."""
        document = {name: getattr(self.request, name) for name in _ASKED}
        return document | ({"take_lock": self.take_lock} if self.take_lock else {})


def parse_takeover(event: object, now: float) -> TakeoverRequest:
    """Return the request of a person or of the timer; raise InvalidEventError with the field."""
    request = parse_request(event, now)
    if not isinstance(event, Mapping) or "take_lock" not in event:
        return TakeoverRequest(request, "")
    take_lock = own_words(event, "take_lock", "")
    if not take_lock.strip():
        raise InvalidEventError("take_lock: empty", "say how you know that the other run is dead")
    return TakeoverRequest(request, take_lock)


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
