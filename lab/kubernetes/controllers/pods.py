"""Pods as controllers see them: made from a template, ready or not, first to go or last."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from lab.kubernetes.client import Json

_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
_ENDED = ("Succeeded", "Failed")


def timestamp() -> str:
    """Give the time as the API writes it."""
    return datetime.now(tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_since(moment: str) -> float:
    """Give how long ago an API time was, in seconds."""
    return (datetime.now(tz=UTC) - datetime.fromisoformat(moment)).total_seconds()


def template_hash(template: Json) -> str:
    """Give ten characters that stand for a pod template."""
    text = json.dumps(template, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).digest()
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:10])


def owner_reference(owner: Json) -> Json:
    """Give the reference by which `owner` controls an object."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def pod_from(owner: Json, template: Json, *, name: str = "") -> Json:
    """Make a pod from a template; its name is made by the server unless given."""
    given = template.get("metadata", {})
    metadata: Json = {k: given[k] for k in ("labels", "annotations") if k in given}
    metadata |= {"namespace": owner["metadata"]["namespace"]}
    metadata["ownerReferences"] = [owner_reference(owner)]
    if name:
        metadata["name"] = name
    else:
        metadata["generateName"] = f"{owner['metadata']['name']}-"
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}


def condition(item: Json, kind: str) -> Json:
    """Give a condition of an object's status, {} where it has none of that type."""
    found = item.get("status", {}).get("conditions", [])
    return next((c for c in found if c["type"] == kind), {})


def is_active(pod: Json) -> bool:
    """Tell whether a pod counts: it has not ended and is not being deleted."""
    ended = pod.get("status", {}).get("phase") in _ENDED
    return not ended and "deletionTimestamp" not in pod["metadata"]


def is_ready(pod: Json) -> bool:
    """Tell whether a pod's Ready condition is true."""
    return condition(pod, "Ready").get("status") == "True"


def available_in_seconds(pod: Json, min_ready_seconds: int) -> float | None:
    """Give in how many seconds a pod is available: 0 for now, None for one that is not ready."""
    if not is_ready(pod):
        return None
    if not min_ready_seconds:
        return 0.0
    since = condition(pod, "Ready").get("lastTransitionTime", timestamp())
    return max(0.0, min_ready_seconds - seconds_since(since))


def first_to_go(pod: Json) -> tuple[bool, bool, bool, str]:
    """Order pods for scaling down: unbound, pending and unready ones, then the youngest, first."""
    bound = bool(pod["spec"].get("nodeName"))
    running = pod.get("status", {}).get("phase") == "Running"
    age = "".join(chr(255 - ord(c)) for c in pod["metadata"]["creationTimestamp"])
    return bound, running, is_ready(pod), age


def with_condition(item: Json, **wanted: Any) -> list[Json]:
    """Give an object's conditions with one changed.

    `lastTransitionTime` moves only with the condition's status, `lastUpdateTime` with any change.
    """
    known = condition(item, wanted["type"])
    others = [c for c in item.get("status", {}).get("conditions", []) if c is not known]
    if all(known.get(key) == value for key, value in wanted.items()):
        return [*others, known]
    turned = known.get("status") != wanted["status"]
    since = timestamp() if turned else known["lastTransitionTime"]
    return [*others, {**wanted, "lastTransitionTime": since, "lastUpdateTime": timestamp()}]
