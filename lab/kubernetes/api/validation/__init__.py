"""The rules that an object must keep: validate a new one, or a change to an old one."""

from collections.abc import Callable

from lab.kubernetes.api.errors import FieldError, Json
from lab.kubernetes.api.resources import Resource
from lab.kubernetes.api.validation import metadata, others, pods, workloads

_NEW: dict[str, Callable[[Json], list[FieldError]]] = {
    "Deployment": workloads.deployment,
    "ReplicaSet": workloads.replica_set,
    "StatefulSet": workloads.stateful_set,
    "Job": workloads.job,
    "Pod": pods.pod,
    "ConfigMap": others.config_map,
    "Secret": others.secret,
    "Lease": others.lease,
    "Service": others.service,
    "Role": others.role,
    "ClusterRole": others.role,
    "RoleBinding": others.role_binding,
    "ClusterRoleBinding": others.role_binding,
}
_CHANGED: dict[str, Callable[[Json, Json], list[FieldError]]] = {
    "Deployment": workloads.changed_selector,
    "ReplicaSet": workloads.changed_selector,
    "StatefulSet": workloads.changed_stateful_set,
    "Job": workloads.changed_job,
    "Pod": pods.changed_pod,
    "ConfigMap": others.changed_data,
    "Secret": others.changed_data,
    "RoleBinding": others.changed_role_binding,
    "ClusterRoleBinding": others.changed_role_binding,
}


def new(resource: Resource, item: Json) -> list[FieldError]:
    """Give what is wrong with an object, [] for nothing."""
    check = _NEW.get(resource.kind)
    return metadata.check(resource, item["metadata"]) + (check(item) if check else [])


def changed(resource: Resource, item: Json, old: Json) -> list[FieldError]:
    """Give what is wrong with an object that replaces `old`."""
    check = _CHANGED.get(resource.kind)
    errors = new(resource, item) + metadata.check_change(item["metadata"], old["metadata"])
    return errors + (check(item, old) if check else [])
