"""The Job of a rehearsal: the operator's manifest, and the workload's containers put into its pod.

The workload's containers come from the Deployment that a failover would scale up, so that image,
secrets and settings are rehearsed as they are. They get the clone's address in place of the
database's, and nothing by which production could take them for its own: neither the Deployment's
labels, by which a Service sends users, nor its service account. Init containers run beside the
others: what they wait for is in the same pod.
"""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from landbridge.domain.errors import ConfigurationError
from landbridge.domain.rehearsal import deadline_seconds

__all__ = ["CLONE", "SMOKE", "WATCHED_ANNOTATION", "rehearsal_job"]

CLONE, SMOKE = "clone", "smoke"
RUN_ANNOTATION = "landbridge/run"
WATCHED_ANNOTATION = "landbridge/watched-at"
_REMEDY = "apply deploy/azure/rehearsal.yaml"
# Of the Deployment's pods: what decides where they can run, and nothing that gives them power.
_PLACEMENT = ("imagePullSecrets", "nodeSelector", "tolerations")
# A pod's security, which each container takes along into a pod of another user.
_SECURITY = ("runAsUser", "runAsGroup", "runAsNonRoot", "seccompProfile")

Json = dict[str, Any]


def rehearsal_job(
    manifest: Mapping[str, Any],
    workload: Mapping[str, Any],
    instead: Sequence[Mapping[str, Any]],
    *,
    name: str,
    namespace: str,
    run: str,
    seconds: int,
    watched_at: float,
) -> Json:
    """Return the Job to create: ``workload`` is the Deployment, ``instead`` the clone's address.

    Kubernetes itself ends it when nobody has watched it for a while (``watched_at`` is now, in
    epoch seconds). Raises ConfigurationError where the parts do not fit together.
    """
    job = copy.deepcopy(dict(manifest))
    try:
        job["metadata"] |= {"name": name, "namespace": namespace}
        job["metadata"].setdefault("annotations", {}).update(
            {RUN_ANNOTATION: run, WATCHED_ANNOTATION: f"{watched_at:.3f}"}
        )
        job["spec"]["activeDeadlineSeconds"] = deadline_seconds(0.0, seconds)
        pod, theirs = job["spec"]["template"], workload["spec"]["template"]
        _check_labels(pod, workload)
        _tell_run(pod["spec"], run, seconds)
        spec = theirs["spec"]
        if not instead or not all(entry.get("name") for entry in instead):
            raise ConfigurationError("workload.json names nothing to set", _REMEDY)
        pod["spec"] |= {field: spec[field] for field in _PLACEMENT if field in spec}
        _join(pod["spec"], "containers", _containers(spec, instead))
        _join(pod["spec"], "volumes", copy.deepcopy(spec.get("volumes") or []))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(f"ConfigMap {name}: {error!r}", _REMEDY) from None
    return job


def _check_labels(pod: Json, workload: Mapping[str, Any]) -> None:
    labels = pod["metadata"]["labels"]
    # Of the pods' labels any may be what a Service, a policy or a budget selects by.
    selected = workload["spec"]["selector"].get("matchLabels") or {}
    theirs = {**(workload["spec"]["template"]["metadata"].get("labels") or {}), **selected}
    shared = [f"{key}={value}" for key, value in theirs.items() if labels.get(key) == value]
    if not labels or shared:
        raise ConfigurationError(
            f"job.json: its pod would be taken for the workload's own: {', '.join(shared)}",
            "give it labels of its own",
        )


def _tell_run(spec: Json, run: str, seconds: int) -> None:
    names = {container["name"] for container in spec["containers"]}
    if names != {CLONE, SMOKE}:
        raise ConfigurationError(f"job.json: its containers are not {CLONE} and {SMOKE}", _REMEDY)
    for container in spec["containers"]:
        told = {"RUN": run}
        if container["name"] == SMOKE:
            # From the pod's beginning: the copy alone may take nearly all of it.
            told["SMOKE_SECONDS"] = str(seconds)
        kept = [entry for entry in container.get("env", []) if entry["name"] not in told]
        container["env"] = [*kept, *({"name": k, "value": v} for k, v in told.items())]


def _containers(spec: Mapping[str, Any], instead: Sequence[Mapping[str, Any]]) -> list[Json]:
    names = {entry["name"] for entry in instead}
    pods = {field: spec.get("securityContext", {}).get(field) for field in _SECURITY}
    theirs = {field: value for field, value in pods.items() if value is not None}
    made = []
    for one in (*(spec.get("initContainers") or []), *spec["containers"]):
        container = copy.deepcopy(dict(one))
        kept = [entry for entry in container.get("env") or [] if entry["name"] not in names]
        # First: others may be made of them.
        container["env"] = [*map(dict, instead), *kept]
        container["securityContext"] = {**theirs, **(container.get("securityContext") or {})}
        container.pop("restartPolicy", None)  # a sidecar's, which only an init container may have
        for port in container.get("ports") or []:
            port.pop("hostPort", None)
        made.append(container)
    return made


def _join(spec: Json, field: str, more: list[Json]) -> None:
    known = {one["name"] for one in spec.get(field) or []}
    for one in more:
        if one["name"] in known:
            what = field.removesuffix("s")
            raise ConfigurationError(
                f"the workload has a {what} called {one['name']}, as the rehearsal has",
                f"give the one in job.json another name, or the workload's {what}",
            )
        known.add(one["name"])
    spec[field] = [*(spec.get(field) or []), *more]
