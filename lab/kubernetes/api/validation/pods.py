"""Rules for pods, and for the pod templates of everything that makes pods."""

import copy
from typing import Any

from lab.kubernetes.api.errors import (
    FieldError,
    Json,
    absent,
    barred,
    duplicate,
    required,
    unsupported,
    wrong,
)
from lab.kubernetes.api.validation import names

_POLICIES = ("Always", "OnFailure", "Never")
_MAX_PORT = 65535
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
_PROBE_NUMBERS = {
    "initialDelaySeconds": 0,
    "timeoutSeconds": 1,
    "periodSeconds": 1,
    "successThreshold": 1,
    "failureThreshold": 1,
}


def pod(item: Json) -> list[FieldError]:
    """Check a pod."""
    return pod_spec(item["spec"], "spec")


def changed_pod(item: Json, old: Json) -> list[FieldError]:
    """Check a change to a pod: only images, deadlines, grace and tolerations may change."""
    loosened, kept = copy.deepcopy(item["spec"]), copy.deepcopy(old["spec"])
    for spec in (loosened, kept):
        for field in ("activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds"):
            spec.pop(field, None)
        for container in (*spec.get("initContainers", []), *spec.get("containers", [])):
            container.pop("image", None)
    if loosened == kept:
        return []
    return [
        barred(
            "spec",
            "pod updates may not change fields other than `spec.containers[*].image`,"
            "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only "
            "additions to existing tolerations),`spec.terminationGracePeriodSeconds`",
        )
    ]


def pod_spec(spec: Json, path: str, claims: list[str] | None = None) -> list[FieldError]:
    """Check the spec of a pod or of a template, whose pods get the ``claims`` as volumes too."""
    errors = []
    if spec.get("restartPolicy") not in _POLICIES:
        errors.append(unsupported(f"{path}.restartPolicy", spec.get("restartPolicy"), _POLICIES))
    if spec.get("terminationGracePeriodSeconds", 0) < 0:
        field, value = (
            f"{path}.terminationGracePeriodSeconds",
            spec["terminationGracePeriodSeconds"],
        )
        errors.append(wrong(field, value, "must be greater than or equal to 0"))
    volumes = [volume.get("name", "") for volume in spec.get("volumes", [])]
    errors += _names(volumes, f"{path}.volumes")
    if not spec.get("containers"):
        errors.append(required(f"{path}.containers"))
    every = []
    for field in ("containers", "initContainers"):
        containers = spec.get(field, [])
        every += containers
        for index, container in enumerate(containers):
            known = [*volumes, *(claims or [])]
            errors += _container(container, f"{path}.{field}[{index}]", known)
    return errors + _names([container.get("name", "") for container in every], f"{path}.containers")


def _names(given: list[str], path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for index, name in enumerate(given):
        field = f"{path}[{index}].name"
        if not name:
            errors.append(required(field))
        elif fault := names.label_fault(name):
            errors.append(wrong(field, name, fault))
        elif name in given[:index]:
            errors.append(duplicate(field, name))
    return errors


def _container(container: Json, path: str, volumes: list[str]) -> list[FieldError]:
    errors = [] if container.get("image") else [required(f"{path}.image")]
    errors += _ports(container.get("ports", []), f"{path}.ports")
    for index, variable in enumerate(container.get("env", [])):
        errors += _variable(variable, f"{path}.env[{index}]")
    mounted: list[str] = []
    for index, mount in enumerate(container.get("volumeMounts", [])):
        field = f"{path}.volumeMounts[{index}]"
        if mount.get("name", "") not in volumes:
            errors.append(absent(f"{field}.name", mount.get("name", "")))
        if not mount.get("mountPath"):
            errors.append(required(f"{field}.mountPath"))
        elif mount["mountPath"] in mounted:
            errors.append(wrong(f"{field}.mountPath", mount["mountPath"], "must be unique"))
        mounted.append(mount.get("mountPath", ""))
    for name in _PROBES:
        if name in container:
            errors += _probe(container[name], f"{path}.{name}", once=name != "readinessProbe")
    return errors


def _ports(ports: list[Json], path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for index, port in enumerate(ports):
        field, number = f"{path}[{index}].containerPort", port.get("containerPort")
        if not number:
            errors.append(required(field))
        elif not 1 <= number <= _MAX_PORT:
            errors.append(wrong(field, number, "must be between 1 and 65535, inclusive"))
        name = port.get("name")
        if name and name in [other.get("name") for other in ports[:index]]:
            errors.append(duplicate(f"{path}[{index}].name", name))
    return errors


def _variable(variable: Json, path: str) -> list[FieldError]:
    name = variable.get("name", "")
    if not name:
        return [required(f"{path}.name")]
    errors = []
    if fault := names.variable_fault(name):
        errors.append(wrong(f"{path}.name", name, fault))
    source = variable.get("valueFrom")
    if source is not None and variable.get("value"):
        errors.append(wrong(f"{path}.valueFrom", "", "may not be given when `value` is not empty"))
    if source is not None and len(source) != 1:
        errors.append(wrong(f"{path}.valueFrom", "", "must specify exactly one source"))
    return errors


def _probe(probe: Json, path: str, *, once: bool) -> list[FieldError]:
    errors = []
    if sum(handler in probe for handler in _HANDLERS) != 1:
        errors.append(required(path, "must specify exactly one handler type"))
    for field, least in _PROBE_NUMBERS.items():
        value: Any = probe.get(field, least)
        if value < least:
            why = f"must be greater than or equal to {least}"
            errors.append(wrong(f"{path}.{field}", value, why))
    if once and probe.get("successThreshold", 1) != 1:
        errors.append(wrong(f"{path}.successThreshold", probe["successThreshold"], "must be 1"))
    if "httpGet" in probe and not probe["httpGet"].get("port"):
        errors.append(required(f"{path}.httpGet.port"))
    return errors
