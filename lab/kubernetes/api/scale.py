"""The scale subresource of Deployments, ReplicaSets and StatefulSets."""

from lab.kubernetes.api.errors import Json, bad_patch, bad_request, invalid, wrong
from lab.kubernetes.api.resources import Resource
from lab.kubernetes.api.schema import SchemaError, conform


def scale_of(item: Json) -> Json:
    """Give an object's Scale. At zero `spec.replicas` is left out, as Go's omitempty does."""
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    selector = item["spec"].get("selector", {})
    terms = [f"{key}={value}" for key, value in sorted(selector.get("matchLabels", {}).items())]
    terms += [_term(expression) for expression in selector.get("matchExpressions", [])]
    scale: Json = {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {field: item["metadata"][field] for field in kept},
        "spec": {"replicas": item["spec"].get("replicas", 0)},
        "status": {
            "replicas": item.get("status", {}).get("replicas", 0),
            "selector": ",".join(terms),
        },
    }
    conformed: Json = conform("V1Scale", scale)
    return conformed


def _term(expression: Json) -> str:
    key, operator = str(expression["key"]), expression["operator"]
    values = ",".join(expression.get("values", []))
    forms = {"In": f"{key} in ({values})", "NotIn": f"{key} notin ({values})", "Exists": key}
    return forms.get(operator, f"!{key}")


def scaled(resource: Resource, item: Json, given: Json, *, patched: bool = False) -> Json:
    """Give the object with the replicas that a changed Scale asks for.

    Raises ApiError: 400 for a Scale of the wrong form (422 from a patch), 422 for a negative
    number of replicas.
    """
    refuse = bad_patch if patched else bad_request
    try:
        scale = conform("V1Scale", given)
    except SchemaError as error:
        raise refuse(f'Scale in version "v1" cannot be handled as a Scale: {error}') from error
    metadata, name = scale.get("metadata", {}), item["metadata"]["name"]
    if metadata.get("name", name) != name:
        raise bad_request(
            f"the name of the object ({metadata['name']}) does not match the name on the URL "
            f"({name})"
        )
    replicas = scale.get("spec", {}).get("replicas", 0)
    if replicas < 0:
        negative = wrong("spec.replicas", replicas, "must be greater than or equal to 0")
        raise invalid("Scale", "autoscaling", name, [negative])
    fixed = {f: metadata[f] for f in ("uid", "resourceVersion") if metadata.get(f)}
    if not fixed.get("resourceVersion") and not resource.unconditional_update:
        fixed["resourceVersion"] = ""
    return {
        **item,
        "metadata": {**item["metadata"], **fixed},
        "spec": {**item["spec"], "replicas": replicas},
    }
