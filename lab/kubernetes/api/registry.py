"""Create, read and replace objects by the rules of the API; no HTTP and no users here."""

import random
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from lab.kubernetes.api import defaults, validation
from lab.kubernetes.api.errors import (
    ApiError,
    FieldError,
    Json,
    already_exists,
    bad_patch,
    bad_request,
    conflict,
    forbidden,
    invalid,
    not_found,
    wrong,
)
from lab.kubernetes.api.resources import NAMESPACES, Resource
from lab.kubernetes.api.schema import SchemaError, conform
from lab.kubernetes.api.store import Store

#: Letters and digits that make no words, as Kubernetes uses them in generated names.
SAFE_CHARACTERS = "bcdfghjklmnpqrstvwxz2456789"
_MODIFIED = "the object has been modified; please apply your changes to the latest version"
# A real server sends even an empty status, and the counts that its types don't leave out.
_FIRST_STATUS: dict[str, Json] = {
    "ReplicaSet": {"replicas": 0},
    "StatefulSet": {"replicas": 0, "availableReplicas": 0},
    "Service": {"loadBalancer": {}},
}
_FIXED = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds")


def now() -> str:
    """Give the time as metadata holds it: RFC 3339, whole seconds, UTC."""
    return datetime.now(tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Registry:
    """The rules over the store: what may be written, and what it becomes when it is."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._addresses = 0

    def get(self, resource: Resource, namespace: str, name: str) -> Json:
        """Give an object; raises ApiError 404."""
        item = self.store.get(resource.id, namespace, name)
        if item is None:
            raise not_found(resource.plural, resource.group, name)
        return item

    def create(
        self, resource: Resource, namespace: str, body: Json, *, dry_run: bool = False
    ) -> Json:
        """Add an object; gives it as stored, or as it would be for a dry run."""
        item = read(resource, body)
        metadata = item["metadata"]
        if metadata.pop("resourceVersion", ""):
            raise ApiError(
                HTTPStatus.INTERNAL_SERVER_ERROR,
                "",
                "resourceVersion should not be set on objects to be created",
            )
        self._place(resource, namespace, metadata)
        if resource.status and resource.kind != "Node":
            item["status"] = dict(_FIRST_STATUS.get(resource.kind, {}))
        for field in ("deletionTimestamp", "deletionGracePeriodSeconds", "generation"):
            metadata.pop(field, None)
        metadata.update(uid=str(uuid.uuid4()), creationTimestamp=now())
        if resource.generation:
            metadata["generation"] = 1
        defaults.fill_in(resource.kind, item)
        self._fill_in_identity(resource, item)
        errors = validation.new(resource, item)
        self._refuse(resource, metadata.get("name", ""), errors)
        if self.store.get(resource.id, namespace, metadata["name"]) is not None:
            raise already_exists(resource.plural, resource.group, metadata["name"])
        return item if dry_run else self._add(resource, namespace, item)

    def _place(self, resource: Resource, namespace: str, metadata: Json) -> None:
        if metadata.get("namespace", namespace) != namespace:
            raise bad_request(
                "the namespace of the provided object does not match the namespace sent on the "
                "request"
            )
        if "name" not in metadata and metadata.get("generateName"):
            ending = "".join(random.choices(SAFE_CHARACTERS, k=5))  # noqa: S311 - a name, no secret
            metadata["name"] = metadata["generateName"] + ending
        if not resource.namespaced:
            return
        metadata["namespace"] = namespace
        home = self.get(NAMESPACES, "", namespace)
        if home["status"].get("phase") == "Terminating":
            why = f"unable to create new content in namespace {namespace} because it is being "
            refusal = forbidden(
                resource.plural, resource.group, metadata.get("name", ""), why + "terminated"
            )
            cause = {"reason": "NamespaceTerminating", "field": "metadata.namespace"}
            refusal.details = (refusal.details or {}) | {"causes": [cause]}
            raise refusal

    def _fill_in_identity(self, resource: Resource, item: Json) -> None:
        if resource.kind == "Job":
            defaults.select_own_pods(item)
        if resource.kind == "Service" and item["spec"]["type"] != "ExternalName":
            self._addresses += 1
            high, low = divmod(self._addresses, 250)
            item["spec"].setdefault("clusterIP", f"10.96.{high}.{low + 1}")

    def _add(self, resource: Resource, namespace: str, item: Json) -> Json:
        stored = self.store.write(resource.id, namespace, item["metadata"]["name"], item)
        if resource is NAMESPACES:
            account = {"metadata": {"name": "default"}}
            self.create(_service_accounts(), item["metadata"]["name"], account)
        return stored

    def update(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        change: Callable[[Json], Json],
        *,
        part: str = "",
        dry_run: bool = False,
    ) -> Json:
        """Replace an object by what `change` makes of it.

        `part` is "status" for a write that may alter the status and nothing else; without it the
        status stays. Raises ApiError: 404, 409 for a resourceVersion or uid that is not the
        object's, 422 with every wrong field.
        """
        old = self.get(resource, namespace, name)
        new = _merged(resource, change(old), old, part)
        errors = [] if part == "status" else validation.changed(resource, new, old)
        self._refuse(resource, name, errors)
        if new == old:
            return old
        if dry_run:
            return new
        return self.save(resource, new)

    def save(self, resource: Resource, item: Json) -> Json:
        """Store a changed object; one that waited only for its last finalizer goes away."""
        metadata = item["metadata"]
        namespace, name = metadata.get("namespace", ""), metadata["name"]
        waits = metadata.get("finalizers") or metadata.get("deletionGracePeriodSeconds")
        if "deletionTimestamp" in metadata and not waits and resource is not NAMESPACES:
            self.store.write(resource.id, namespace, name, item)
            return self.store.remove(resource.id, namespace, name)
        return self.store.write(resource.id, namespace, name, item)

    def _refuse(self, resource: Resource, name: str, errors: list[FieldError]) -> None:
        if errors:
            raise invalid(resource.kind, resource.group, name, errors)


def _service_accounts() -> Resource:
    return Resource("", "v1", "serviceaccounts", "ServiceAccount")


def read(resource: Resource, body: Any, *, patched: bool = False) -> Json:
    """Read a client's object by its resource's schema.

    Raises ApiError 400 (422 for the result of a patch) where it doesn't fit.
    """
    refuse = bad_patch if patched else bad_request
    if not isinstance(body, dict):
        raise refuse("the object provided is unrecognized: it is no JSON object")
    given = (body.get("apiVersion", resource.api_version), body.get("kind", resource.kind))
    if given[1] != resource.kind:
        raise refuse(f'{given[1]} in version "{given[0]}" cannot be handled as a {resource.kind}')
    if given[0] != resource.api_version:
        raise refuse(
            f"the API version in the data ({given[0]}) does not match the expected API version "
            f"({resource.api_version})"
        )
    try:
        item: Json = conform(resource.schema, body)
    except SchemaError as error:
        version = f'{resource.kind} in version "{resource.version}"'
        raise refuse(f"{version} cannot be handled as a {resource.kind}: {error}") from error
    return {
        "apiVersion": resource.api_version,
        "kind": resource.kind,
        "metadata": {},
        **{k: v for k, v in item.items() if k not in ("apiVersion", "kind")},
    }


def _merged(resource: Resource, new: Json, old: Json, part: str) -> Json:
    metadata = dict(new["metadata"])
    old_metadata = old["metadata"]
    name = old_metadata["name"]
    _check_preconditions(resource, name, metadata, old_metadata)
    for field in _FIXED:
        if field in old_metadata:
            metadata.setdefault(field, old_metadata[field])
    metadata["resourceVersion"] = old_metadata["resourceVersion"]
    if "generation" in old_metadata:
        metadata["generation"] = old_metadata["generation"]
    if part == "status":
        kept = {f: old_metadata[f] for f in ("labels", "ownerReferences") if f in old_metadata}
        bare = {k: v for k, v in metadata.items() if k not in ("labels", "ownerReferences")}
        merged = {**old, "metadata": {**bare, **kept}}
        return _with_part(merged, new, "status")
    item = {**new, "metadata": metadata}
    if resource.status:
        item = _with_part(item, old, "status")
    defaults.fill_in(resource.kind, item)
    if resource.generation and _is_new_generation(resource, item, old):
        metadata["generation"] = old_metadata["generation"] + 1
    return item


def _with_part(item: Json, source: Json, part: str) -> Json:
    rest = {key: value for key, value in item.items() if key != part}
    return {**rest, part: source[part]} if part in source else rest


def _is_new_generation(resource: Resource, item: Json, old: Json) -> bool:
    if item.get("spec") != old.get("spec"):
        return True
    # A Deployment's annotations are copied to its ReplicaSets, so they count as its spec.
    notes = [i["metadata"].get("annotations", {}) for i in (item, old)]
    return resource.kind == "Deployment" and notes[0] != notes[1]


def _check_preconditions(resource: Resource, name: str, metadata: Json, old: Json) -> None:
    uid = metadata.get("uid", old["uid"])
    if uid != old["uid"]:
        why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {old['uid']}"
        raise conflict(resource.plural, resource.group, name, why)
    version = metadata.get("resourceVersion", "")
    if not version and not resource.unconditional_update:
        why = "must be specified for an update"
        error = wrong("metadata.resourceVersion", 0, why)
        raise invalid(resource.kind, resource.group, name, [error])
    if version and version != old["resourceVersion"]:
        raise conflict(resource.plural, resource.group, name, _MODIFIED + " and try again")
