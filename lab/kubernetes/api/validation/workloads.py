"""Rules for Deployments, ReplicaSets, StatefulSets and Jobs."""

from typing import Any

from lab.kubernetes.api.errors import FieldError, Json, barred, required, unsupported, wrong
from lab.kubernetes.api.selectors import from_object, matches
from lab.kubernetes.api.validation import metadata
from lab.kubernetes.api.validation.pods import pod_spec

_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")
_CHANGEABLE = {
    "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
}  # fmt: skip


def deployment(item: Json) -> list[FieldError]:
    """Check a Deployment."""
    spec = item["spec"]
    errors = _selected(spec) + _template(spec, ("Always",))
    errors += _not_negative(spec, "replicas", "minReadySeconds", "revisionHistoryLimit")
    strategy = spec.get("strategy", {})
    kinds = ("Recreate", "RollingUpdate")
    if strategy.get("type") not in kinds:
        errors.append(unsupported("spec.strategy.type", strategy.get("type"), kinds))
    rolling = strategy.get("rollingUpdate")
    if strategy.get("type") == "Recreate" and rolling is not None:
        why = "may not be specified when strategy `type` is 'Recreate'"
        errors.append(barred("spec.strategy.rollingUpdate", why))
    elif rolling is not None and {rolling.get(f) for f in ("maxSurge", "maxUnavailable")} <= {
        0,
        "0%",
    }:
        why = "may not be 0 when `maxSurge` is 0"
        errors.append(wrong("spec.strategy.rollingUpdate.maxUnavailable", 0, why))
    deadline, ready = spec.get("progressDeadlineSeconds", 600), spec.get("minReadySeconds", 0)
    if deadline <= ready:
        why = "must be greater than minReadySeconds"
        errors.append(wrong("spec.progressDeadlineSeconds", deadline, why))
    return errors


def replica_set(item: Json) -> list[FieldError]:
    """Check a ReplicaSet."""
    spec = item["spec"]
    checked = _not_negative(spec, "replicas", "minReadySeconds")
    return _selected(spec) + _template(spec, ("Always",)) + checked


def stateful_set(item: Json) -> list[FieldError]:
    """Check a StatefulSet."""
    spec = item["spec"]
    errors = _selected(spec) + _template(spec, ("Always",))
    policies = ("OrderedReady", "Parallel")
    if spec.get("podManagementPolicy") not in policies:
        field = "spec.podManagementPolicy"
        errors.append(unsupported(field, spec.get("podManagementPolicy"), policies))
    return errors + _not_negative(spec, "replicas", "minReadySeconds")


def job(item: Json) -> list[FieldError]:
    """Check a Job."""
    spec = item["spec"]
    numbers = ("parallelism", "completions", "backoffLimit", "ttlSecondsAfterFinished")
    errors = _not_negative(spec, *numbers, "activeDeadlineSeconds")
    return errors + _selected(spec) + _template(spec, ("OnFailure", "Never"))


def _not_negative(spec: Json, *fields: str) -> list[FieldError]:
    why = "must be greater than or equal to 0"
    return [wrong(f"spec.{f}", spec[f], why) for f in fields if spec.get(f, 0) < 0]


def _selected(spec: Json) -> list[FieldError]:
    selector = spec.get("selector")
    if selector is None:
        return [required("spec.selector")]
    for index, expression in enumerate(selector.get("matchExpressions", [])):
        operator: Any = expression.get("operator", "")
        if operator not in _OPERATORS:
            field = f"spec.selector.matchExpressions[{index}].operator"
            return [wrong(field, operator, "not a valid selector operator")]
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        why = "empty selector is invalid for this kind"
        return [wrong("spec.selector", selector, why)]
    labels = spec.get("template", {}).get("metadata", {}).get("labels", {})
    if not matches(from_object(selector), labels):
        why = "`selector` does not match template `labels`"
        return [wrong("spec.template.metadata.labels", labels, why)]
    return []


def _template(spec: Json, policies: tuple[str, ...]) -> list[FieldError]:
    template = spec.get("template", {})
    path = "spec.template"
    labels = template.get("metadata", {}).get("labels", {})
    errors = metadata.labels(labels, f"{path}.metadata.labels")
    claims = [one["metadata"]["name"] for one in spec.get("volumeClaimTemplates", [])]
    errors += pod_spec(template["spec"], f"{path}.spec", claims)
    policy = template["spec"].get("restartPolicy")
    if policy not in policies:
        errors.append(unsupported(f"{path}.spec.restartPolicy", policy, policies))
    return errors


def changed_selector(item: Json, old: Json) -> list[FieldError]:
    """Check a change: which pods a workload owns is fixed."""
    if item["spec"].get("selector") == old["spec"].get("selector"):
        return []
    return [wrong("spec.selector", item["spec"].get("selector"), "field is immutable")]


def changed_stateful_set(item: Json, old: Json) -> list[FieldError]:
    """Check a change to a StatefulSet: most of its spec is fixed."""
    fields = (set(item["spec"]) | set(old["spec"])) - _CHANGEABLE
    if all(item["spec"].get(field) == old["spec"].get(field) for field in fields):
        return []
    listed = ", ".join(f"'{field}'" for field in sorted(_CHANGEABLE))
    return [barred("spec", f"updates to statefulset spec for fields other than {listed}")]


def changed_job(item: Json, old: Json) -> list[FieldError]:
    """Check a change to a Job: its pods, selector and completions are fixed."""
    return [
        wrong(f"spec.{field}", item["spec"].get(field), "field is immutable")
        for field in ("selector", "template", "completions", "completionMode")
        if item["spec"].get(field) != old["spec"].get(field)
    ]
