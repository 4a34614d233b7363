"""Strategic merge patch: lists with a published merge key are merged by it, not replaced.

The keys are the `x-kubernetes-patch-merge-key` extensions of Kubernetes' OpenAPI document. Of the
directives, `$patch: replace|delete|merge`, `$retainKeys`, `$deleteFromPrimitiveList/<field>` and
`$setElementOrder/<field>` (which orders the result, and is taken but not needed) are understood.
"""

import copy
from typing import Any

from lab.kubernetes.api.errors import Json, bad_patch, bad_request
from lab.kubernetes.api.schema import element_type, fields_of

_MERGE_KEYS = {
    ("V1PodSpec", "containers"): "name",
    ("V1PodSpec", "initContainers"): "name",
    ("V1PodSpec", "ephemeralContainers"): "name",
    ("V1PodSpec", "volumes"): "name",
    ("V1PodSpec", "imagePullSecrets"): "name",
    ("V1PodSpec", "hostAliases"): "ip",
    ("V1PodSpec", "topologySpreadConstraints"): "topologyKey",
    ("V1PodSpec", "resourceClaims"): "name",
    ("V1PodSpec", "schedulingGates"): "name",
    ("V1Container", "env"): "name",
    ("V1Container", "ports"): "containerPort",
    ("V1Container", "volumeMounts"): "mountPath",
    ("V1Container", "volumeDevices"): "devicePath",
    ("V1ObjectMeta", "ownerReferences"): "uid",
    ("V1ServiceAccount", "secrets"): "name",
    ("V1ServiceSpec", "ports"): "port",
    ("V1ServiceStatus", "conditions"): "type",
    ("V1PodStatus", "conditions"): "type",
    ("V1PodStatus", "podIPs"): "ip",
    ("V1PodStatus", "hostIPs"): "ip",
    ("V1NodeStatus", "conditions"): "type",
    ("V1NodeStatus", "addresses"): "type",
    ("V1NamespaceStatus", "conditions"): "type",
    ("V1DeploymentStatus", "conditions"): "type",
    ("V1ReplicaSetStatus", "conditions"): "type",
    ("V1StatefulSetStatus", "conditions"): "type",
    ("V1JobStatus", "conditions"): "type",
    ("V1PersistentVolumeClaimStatus", "conditions"): "type",
    ("V1PodDisruptionBudgetStatus", "conditions"): "type",
}
# Lists of plain values that are merged as sets.
_MERGED_SETS = {("V1ObjectMeta", "finalizers"), ("V1NodeSpec", "podCIDRs")}
_DIRECTIVE = "$patch"
_DELETE_VALUES = "$deleteFromPrimitiveList/"
_ORDER = "$setElementOrder/"
_RETAIN = "$retainKeys"


def merge(type_name: str, target: Json, patch: Json) -> Json:
    """Give `target`, an object of a published type, with `patch` applied.

    Raises ApiError: 400 for a directive that does not exist, 422 for a list entry that lacks its
    merge key.
    """
    directive = patch.get(_DIRECTIVE)
    if directive == "replace":
        return {k: copy.deepcopy(v) for k, v in patch.items() if k != _DIRECTIVE}
    if directive == "delete":
        return {}
    if directive not in (None, "merge"):
        raise bad_request(f"unknown patch directive {directive!r}")
    merged = dict(target)
    if _RETAIN in patch:
        merged = {key: value for key, value in merged.items() if key in patch[_RETAIN]}
    types = fields_of(type_name)
    for key, value in patch.items():
        if key.startswith(_DELETE_VALUES):
            field = key.removeprefix(_DELETE_VALUES)
            merged[field] = [item for item in merged.get(field, []) if item not in value]
        elif key not in (_DIRECTIVE, _RETAIN) and not key.startswith(_ORDER):
            _merge_field(type_name, types.get(key, ""), merged, key, value)
    return merged


def _merge_field(type_name: str, field_type: str, merged: Json, key: str, value: Any) -> None:
    if value is None:
        merged.pop(key, None)
    elif isinstance(value, dict):
        current = merged.get(key)
        merged[key] = merge(field_type, current if isinstance(current, dict) else {}, value)
    elif isinstance(value, list) and (type_name, key) in _MERGE_KEYS:
        merge_key = _MERGE_KEYS[type_name, key]
        current = merged.get(key) or []
        merged[key] = _merge_list(element_type(field_type), merge_key, current, value)
    elif isinstance(value, list) and (type_name, key) in _MERGED_SETS:
        current = merged.get(key) or []
        merged[key] = current + [item for item in value if item not in current]
    else:
        merged[key] = copy.deepcopy(value)


def _merge_list(type_name: str, key: str, target: list[Any], patch: list[Any]) -> list[Any]:
    entries = [entry for entry in patch if isinstance(entry, dict)]
    if any(entry.get(_DIRECTIVE) == "replace" and len(entry) == 1 for entry in entries):
        return [merge(type_name, {}, e) for e in entries if e.get(_DIRECTIVE) != "replace"]
    result = list(target)
    for entry in entries:
        if key not in entry:
            raise bad_patch(f"map: {entry} does not contain declared merge key: {key}")
        found = [i for i, item in enumerate(result) if item.get(key) == entry[key]]
        if entry.get(_DIRECTIVE) == "delete":
            result = [item for item in result if item.get(key) != entry[key]]
        elif found:
            result[found[0]] = merge(type_name, result[found[0]], entry)
        else:
            result.append(merge(type_name, {}, entry))
    return result
