"""Rules for metadata: the name, labels, annotations and owners of any object."""

from collections.abc import Callable

from lab.kubernetes.api.errors import FieldError, Json, required, wrong
from lab.kubernetes.api.resources import Resource
from lab.kubernetes.api.validation import names

_NAME_RULES: dict[str, Callable[[str], str]] = {
    "Namespace": names.label_fault,
    "Service": names.service_fault,
    "Role": names.path_segment_fault,
    "RoleBinding": names.path_segment_fault,
    "ClusterRole": names.path_segment_fault,
    "ClusterRoleBinding": names.path_segment_fault,
}
_IMMUTABLE = ("name", "namespace", "uid", "creationTimestamp", "deletionTimestamp")


def check(resource: Resource, metadata: Json) -> list[FieldError]:
    """Give what is wrong with an object's metadata."""
    errors = []
    name = metadata.get("name", "")
    fault = _NAME_RULES.get(resource.kind, names.subdomain_fault)(name)
    if not name:
        errors.append(required("metadata.name", "name or generateName is required"))
    elif fault:
        errors.append(wrong("metadata.name", name, fault))
    errors += labels(metadata.get("labels", {}), "metadata.labels")
    errors += [
        wrong("metadata.annotations", key, names.qualified_fault(key.lower()))
        for key in metadata.get("annotations", {})
        if names.qualified_fault(key.lower())
    ]
    for index, owner in enumerate(metadata.get("ownerReferences", [])):
        path = f"metadata.ownerReferences[{index}]"
        errors += [
            wrong(f"{path}.{field}", owner.get(field, ""), "must not be empty")
            for field in ("apiVersion", "kind", "name", "uid")
            if not owner.get(field)
        ]
    return errors


def labels(given: Json, path: str) -> list[FieldError]:
    """Give what is wrong with a map of labels."""
    errors = []
    for key, value in given.items():
        if fault := names.qualified_fault(key):
            errors.append(wrong(path, key, fault))
        if fault := names.label_value_fault(value):
            errors.append(wrong(path, value, fault))
    return errors


def check_change(metadata: Json, old: Json) -> list[FieldError]:
    """Give which fixed fields a change would alter."""
    return [
        wrong(f"metadata.{field}", metadata.get(field), "field is immutable")
        for field in _IMMUTABLE
        if metadata.get(field) != old.get(field)
    ]
