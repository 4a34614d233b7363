"""What the server fills in where a client leaves a field out, kind by kind."""

import base64
from collections.abc import Callable
from typing import Any

from lab.kubernetes.api.errors import Json

_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def fill_in(kind: str, item: Json) -> None:
    """Add the defaults of a kind to a new or changed object, in place."""
    _BY_KIND.get(kind, _nothing)(item)


def _nothing(_item: Json) -> None:
    pass


def _with(target: Json, **defaults: Any) -> Json:
    for key, value in defaults.items():
        target.setdefault(key, value)
    return target


def pod_spec(spec: Json) -> None:
    """Fill in a pod's spec, whether it stands alone or in a template."""
    _with(
        spec,
        restartPolicy="Always",
        dnsPolicy="ClusterFirst",
        schedulerName="default-scheduler",
        securityContext={},
        terminationGracePeriodSeconds=30,
    )
    if "serviceAccountName" in spec:
        spec.setdefault("serviceAccount", spec["serviceAccountName"])
    for container in (*spec.get("initContainers", []), *spec.get("containers", [])):
        _container(container)
    for volume in spec.get("volumes", []):
        for source in ("configMap", "secret", "projected", "downwardAPI"):
            if source in volume:
                volume[source].setdefault("defaultMode", 0o644)
        if len(volume) == 1:
            volume["emptyDir"] = {}


def _container(container: Json) -> None:
    image = str(container.get("image", ""))
    tag = image.rsplit("/", 1)[-1].partition(":")[2]
    _with(
        container,
        resources={},
        terminationMessagePath="/dev/termination-log",
        terminationMessagePolicy="File",
        imagePullPolicy="Always" if tag in ("", "latest") else "IfNotPresent",
    )
    for port in container.get("ports", []):
        _with(port, protocol="TCP")
    for probe in (container[name] for name in _PROBES if name in container):
        _with(probe, timeoutSeconds=1, periodSeconds=10, successThreshold=1, failureThreshold=3)
        if "httpGet" in probe:
            _with(probe["httpGet"], path="/", scheme="HTTP")
    for variable in container.get("env", []):
        field = variable.get("valueFrom", {}).get("fieldRef")
        if field is not None:
            _with(field, apiVersion="v1")


def _template(spec: Json) -> None:
    pod_spec(spec.setdefault("template", {}).setdefault("spec", {}))


def _deployment(item: Json) -> None:
    spec = item.setdefault("spec", {})
    _with(spec, replicas=1, revisionHistoryLimit=10, progressDeadlineSeconds=600, strategy={})
    strategy = _with(spec["strategy"], type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _with(strategy, rollingUpdate={})
        _with(strategy["rollingUpdate"], maxSurge="25%", maxUnavailable="25%")
    _template(spec)


def _replica_set(item: Json) -> None:
    _template(_with(item.setdefault("spec", {}), replicas=1))


def _stateful_set(item: Json) -> None:
    spec = item.setdefault("spec", {})
    _with(
        spec,
        replicas=1,
        revisionHistoryLimit=10,
        podManagementPolicy="OrderedReady",
        updateStrategy={},
        persistentVolumeClaimRetentionPolicy={"whenDeleted": "Retain", "whenScaled": "Retain"},
    )
    strategy = _with(spec["updateStrategy"], type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _with(_with(strategy, rollingUpdate={})["rollingUpdate"], partition=0)
    _template(spec)


def _job(item: Json) -> None:
    spec = item.setdefault("spec", {})
    if "completions" not in spec and "parallelism" not in spec:
        spec["completions"] = 1
    _with(spec, parallelism=1, backoffLimit=6, completionMode="NonIndexed", suspend=False)
    _template(spec)


def select_own_pods(item: Json) -> None:
    """Give a new Job its selector, and the labels that go with it, from its uid; in place."""
    if item["spec"].get("manualSelector"):
        return
    uid, name = item["metadata"].get("uid", ""), item["metadata"].get("name", "")
    metadata = item["spec"].setdefault("template", {}).setdefault("metadata", {})
    labels = metadata.setdefault("labels", {})
    for prefix in ("", "batch.kubernetes.io/"):
        labels.setdefault(f"{prefix}job-name", name)
        labels.setdefault(f"{prefix}controller-uid", uid)
    wanted = item["spec"].setdefault("selector", {}).setdefault("matchLabels", {})
    wanted.setdefault("batch.kubernetes.io/controller-uid", uid)


def _pod(item: Json) -> None:
    pod_spec(item.setdefault("spec", {}))
    item["spec"].setdefault("enableServiceLinks", True)
    item.setdefault("status", {}).setdefault("phase", "Pending")
    item["status"].setdefault("qosClass", _quality(item["spec"].get("containers", [])))


def _quality(containers: list[Json]) -> str:
    asked = [container.get("resources", {}) for container in containers]
    if not any(resources.get("requests") or resources.get("limits") for resources in asked):
        return "BestEffort"
    exact = all(
        set(r.get("limits", {})) >= {"cpu", "memory"}
        and r.get("requests", r["limits"]) == r["limits"]
        for r in asked
    )
    return "Guaranteed" if exact else "Burstable"


def _secret(item: Json) -> None:
    _with(item, type="Opaque")
    plain = item.pop("stringData", {})
    if plain:
        encoded = {key: base64.b64encode(text.encode()).decode() for key, text in plain.items()}
        item["data"] = {**item.get("data", {}), **encoded}


def _service(item: Json) -> None:
    spec = _with(item.setdefault("spec", {}), type="ClusterIP", sessionAffinity="None")
    for port in spec.get("ports", []):
        _with(port, protocol="TCP")
        _with(port, targetPort=port.get("port"))


def _namespace(item: Json) -> None:
    item.setdefault("spec", {}).setdefault("finalizers", ["kubernetes"])
    item.setdefault("status", {}).setdefault("phase", "Active")
    labels = item["metadata"].setdefault("labels", {})
    labels["kubernetes.io/metadata.name"] = item["metadata"].get("name", "")


def _lease(item: Json) -> None:
    item.setdefault("spec", {})


def _binding(item: Json) -> None:
    if "roleRef" in item:
        _with(item["roleRef"], apiGroup="rbac.authorization.k8s.io")
    for subject in item.get("subjects", []):
        if subject.get("kind") in ("User", "Group"):
            _with(subject, apiGroup="rbac.authorization.k8s.io")


_BY_KIND: dict[str, Callable[[Json], None]] = {
    "Deployment": _deployment,
    "ReplicaSet": _replica_set,
    "StatefulSet": _stateful_set,
    "Job": _job,
    "Pod": _pod,
    "Secret": _secret,
    "Service": _service,
    "Namespace": _namespace,
    "Lease": _lease,
    "RoleBinding": _binding,
    "ClusterRoleBinding": _binding,
}
