"""Deletion: preconditions, finalizers, a pod's grace, and what becomes of dependents."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from lab.kubernetes.api.errors import Json, bad_request, conflict, forbidden, invalid, unsupported
from lab.kubernetes.api.registry import Registry
from lab.kubernetes.api.resources import NAMESPACES, PODS, Resource
from lab.kubernetes.api.schema import SchemaError, conform

ORPHAN, FOREGROUND, BACKGROUND = "Orphan", "Foreground", "Background"
#: The finalizer that holds an object until the collector has dealt with its dependents.
FINALIZERS = {ORPHAN: "orphan", FOREGROUND: "foregroundDeletion"}
_PROTECTED = ("default", "kube-system", "kube-public")


@dataclass(frozen=True)
class DeleteOptions:
    """How to delete; `grace_seconds` None means: as the object says."""

    policy: str = ""
    grace_seconds: int | None = None
    uid: str = ""
    resource_version: str = ""
    dry_run: bool = False


def read_options(body: Any, query: dict[str, str]) -> DeleteOptions:
    """Read the options from the body of a DELETE, or else from its query."""
    given: dict[str, Any] = dict(query)
    if "gracePeriodSeconds" in query:
        given["gracePeriodSeconds"] = _number(query["gracePeriodSeconds"])
    try:
        given |= conform("V1DeleteOptions", body or {})
    except SchemaError as error:
        raise bad_request(f"invalid delete options: {error}") from error
    policy = given.get("propagationPolicy", "")
    allowed = (FOREGROUND, BACKGROUND, ORPHAN)
    if policy and policy not in allowed:
        wrong_policy = unsupported("propagationPolicy", policy, allowed)
        raise invalid("DeleteOptions", "meta.k8s.io", "", [wrong_policy])
    if not policy and given.get("orphanDependents") is not None:
        policy = ORPHAN if given["orphanDependents"] in (True, "true") else BACKGROUND
    demanded = given.get("preconditions", {})
    return DeleteOptions(
        policy=policy,
        grace_seconds=given.get("gracePeriodSeconds"),
        uid=demanded.get("uid", ""),
        resource_version=demanded.get("resourceVersion", ""),
        dry_run=bool(given.get("dryRun")),
    )


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise bad_request(f"gracePeriodSeconds: {text!r} is no number") from error


def delete(
    registry: Registry, resource: Resource, namespace: str, name: str, options: DeleteOptions
) -> tuple[Json, bool]:
    """Delete an object; gives its last state, and whether it is gone at once.

    It is not gone while it has finalizers, or is a pod that is given time to end. Raises ApiError:
    404, 409 for a precondition that doesn't hold, 403 for a namespace that must stay.
    """
    old = registry.get(resource, namespace, name)
    _check_preconditions(resource, old["metadata"], options)
    if resource is NAMESPACES and name in _PROTECTED:
        raise forbidden("namespaces", "", name, "this namespace may not be deleted")
    grace = _grace_seconds(old, options) if resource is PODS else 0
    finalizers = _finalizers(resource, old["metadata"], options.policy)
    if not (finalizers or grace or resource is NAMESPACES):
        return (
            old if options.dry_run else registry.store.remove(resource.id, namespace, name)
        ), True
    marked = _marked(resource, old, finalizers, grace)
    if options.dry_run or marked == old:
        return marked, False
    return registry.save(resource, marked), False


def _check_preconditions(resource: Resource, metadata: Json, options: DeleteOptions) -> None:
    for word, field, demanded in (
        ("UID", "uid", options.uid),
        ("ResourceVersion", "resourceVersion", options.resource_version),
    ):
        if demanded and demanded != metadata[field]:
            why = (
                f"Precondition failed: {word} in precondition: {demanded}, {word} in object "
                f"meta: {metadata[field]}"
            )
            raise conflict(resource.plural, resource.group, metadata["name"], why)


def _finalizers(resource: Resource, metadata: Json, policy: str) -> list[str]:
    if not policy and not set(metadata.get("finalizers", [])) & set(FINALIZERS.values()):
        policy = ORPHAN if resource.orphans_by_default else BACKGROUND
    kept: list[str] = metadata.get("finalizers", [])
    if policy:
        kept = [finalizer for finalizer in kept if finalizer not in FINALIZERS.values()]
    return [*kept, FINALIZERS[policy]] if policy in FINALIZERS else kept


def _grace_seconds(pod: Json, options: DeleteOptions) -> int:
    """Give a pod's time to end: none if it never ran anywhere or has ended."""
    if not pod["spec"].get("nodeName"):
        return 0
    if pod.get("status", {}).get("phase") in ("Succeeded", "Failed"):
        return 0
    asked = options.grace_seconds
    if asked is None:
        asked = int(pod["spec"].get("terminationGracePeriodSeconds", 30))
    asked = max(asked, 1) if asked < 0 else asked
    remaining = pod["metadata"].get("deletionGracePeriodSeconds")
    return asked if remaining is None else min(asked, int(remaining))


def _marked(resource: Resource, old: Json, finalizers: list[str], grace: int) -> Json:
    metadata = {k: v for k, v in old["metadata"].items() if k != "finalizers"}
    if finalizers:
        metadata["finalizers"] = finalizers
    shorter = grace < metadata.get("deletionGracePeriodSeconds", 0)
    if "deletionTimestamp" not in metadata or shorter:
        end = datetime.now(tz=UTC) + timedelta(seconds=grace)
        metadata["deletionTimestamp"] = end.strftime("%Y-%m-%dT%H:%M:%SZ")
        metadata["deletionGracePeriodSeconds"] = grace
        if "generation" in metadata and not shorter:
            metadata["generation"] += 1
    marked = {**old, "metadata": metadata}
    if resource is NAMESPACES:
        marked["status"] = {**old.get("status", {}), "phase": "Terminating"}
    return marked
