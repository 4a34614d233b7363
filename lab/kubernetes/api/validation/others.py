"""Rules for configuration, leases, services and RBAC objects."""

from lab.kubernetes.api.errors import FieldError, Json, barred, required, unsupported, wrong
from lab.kubernetes.api.validation import names

_RBAC = "rbac.authorization.k8s.io"
_MAX_BYTES = 1024 * 1024
_MAX_PORT = 65535


def config_map(item: Json) -> list[FieldError]:
    """Check a ConfigMap: its keys and its size."""
    return _data(item, ("data", "binaryData"))


def secret(item: Json) -> list[FieldError]:
    """Check a Secret: its keys and its size."""
    return _data(item, ("data",))


def _data(item: Json, fields: tuple[str, ...]) -> list[FieldError]:
    errors, size = [], 0
    for field in fields:
        for key, value in item.get(field, {}).items():
            size += len(value)
            if fault := names.config_key_fault(key):
                errors.append(wrong(f"{field}[{key}]", key, fault))
    if size > _MAX_BYTES:
        message = f"Too long: may not be more than {_MAX_BYTES} bytes"
        errors.append(FieldError("FieldValueTooLong", "", message))
    return errors


def changed_data(item: Json, old: Json) -> list[FieldError]:
    """Check a change to a ConfigMap or Secret: type and `immutable: true` are for good."""
    errors = []
    if item.get("type") != old.get("type"):
        errors.append(wrong("type", item.get("type"), "field is immutable"))
    if old.get("immutable"):
        why = "field is immutable when `immutable` is set"
        errors += [
            barred(field, why)
            for field in ("immutable", "data", "binaryData")
            if item.get(field) != old.get(field)
        ]
    return errors


def lease(item: Json) -> list[FieldError]:
    """Check a Lease."""
    spec = item.get("spec", {})
    errors = []
    if spec.get("leaseDurationSeconds", 1) <= 0:
        value = spec["leaseDurationSeconds"]
        errors.append(wrong("spec.leaseDurationSeconds", value, "must be greater than 0"))
    if spec.get("leaseTransitions", 0) < 0:
        why = "must be greater than or equal to 0"
        errors.append(wrong("spec.leaseTransitions", spec["leaseTransitions"], why))
    return errors


def service(item: Json) -> list[FieldError]:
    """Check a Service."""
    spec = item["spec"]
    kinds = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
    errors = []
    if spec.get("type") not in kinds:
        errors.append(unsupported("spec.type", spec.get("type"), kinds))
    headless = spec.get("clusterIP") == "None" or spec.get("type") == "ExternalName"
    if not spec.get("ports") and not headless:
        errors.append(required("spec.ports"))
    for index, port in enumerate(spec.get("ports", [])):
        if not 1 <= port.get("port", 0) <= _MAX_PORT:
            why = "must be between 1 and 65535, inclusive"
            errors.append(wrong(f"spec.ports[{index}].port", port.get("port", 0), why))
    return errors


def role(item: Json) -> list[FieldError]:
    """Check a Role or ClusterRole."""
    errors = []
    for index, rule in enumerate(item.get("rules", [])):
        path = f"rules[{index}]"
        if not rule.get("verbs"):
            errors.append(required(f"{path}.verbs", "verbs must contain at least one value"))
        if rule.get("nonResourceURLs"):
            continue
        if not rule.get("apiGroups"):
            errors.append(required(f"{path}.apiGroups", "resource rules must supply an api group"))
        if not rule.get("resources"):
            errors.append(required(f"{path}.resources", "resource rules must supply a resource"))
    return errors


def role_binding(item: Json) -> list[FieldError]:
    """Check a RoleBinding or ClusterRoleBinding."""
    reference = item.get("roleRef", {})
    errors = []
    if reference.get("apiGroup") != _RBAC:
        errors.append(unsupported("roleRef.apiGroup", reference.get("apiGroup"), (_RBAC,)))
    if reference.get("kind") not in ("Role", "ClusterRole"):
        errors.append(unsupported("roleRef.kind", reference.get("kind"), ("Role", "ClusterRole")))
    if not reference.get("name"):
        errors.append(required("roleRef.name"))
    for index, subject in enumerate(item.get("subjects", [])):
        path, kinds = f"subjects[{index}]", ("ServiceAccount", "User", "Group")
        if subject.get("kind") not in kinds:
            errors.append(unsupported(f"{path}.kind", subject.get("kind"), kinds))
        if not subject.get("name"):
            errors.append(required(f"{path}.name"))
        if subject.get("kind") == "ServiceAccount" and not subject.get("namespace"):
            errors.append(required(f"{path}.namespace"))
    return errors


def changed_role_binding(item: Json, old: Json) -> list[FieldError]:
    """Check a change to a binding: whom may change, to which role may not."""
    if item.get("roleRef") == old.get("roleRef"):
        return []
    return [wrong("roleRef", item.get("roleRef"), "cannot change roleRef")]
