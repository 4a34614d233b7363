"""What the preflight asks of one cluster, over any way to reach its API. Changes nothing.

A request that is refused, or finds nothing, is an answer; one that gets none is a reason.
Source: Kubernetes API reference, "SelfSubjectAccessReview", "Dry-run", "Node", "ResourceQuota".
"""

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from landbridge.adapters.pod_references import Reader, references_of
from landbridge.adapters.rebuild_job import MERGE_PATCH, Api
from landbridge.domain.errors import AccessDeniedError, ClusterUnavailableError
from landbridge.domain.preflight.capacity import pod_request, quota_left, room_of
from landbridge.domain.preflight.cluster_facts import (
    Capacity,
    ClusterFacts,
    Permission,
    Reference,
    unreachable_cluster,
)
from landbridge.domain.preflight.quantities import parse_quantity
from landbridge.domain.settings import DatabasePod, Deployment

__all__ = ["Questions", "cluster_facts"]

_AT_ONCE = 6
_OK, _CREATED, _NOT_FOUND = 200, 201, 404
_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_PAGE = 500
_PAGES = 40  # 20,000 pods: more is a cluster that nobody keeps warm for one workload
_MISSING = "it is not there"


@dataclass(frozen=True)
class Questions:
    """What to ask: ``replicas`` are tried as dry runs, ``nonce`` keys this look's digests."""

    site: str
    deployment: Deployment
    pod: DatabasePod
    permissions: tuple[Permission, ...]
    replicas: tuple[int, ...]
    nonce: bytes
    rehearsal: tuple[Permission, ...] = ()


def cluster_facts(api: Api, asked: Questions) -> ClusterFacts:
    """Return what is true of the cluster; where it does not answer, the reason and no more.

    Raises ConfigurationError where the way to the cluster is set wrongly.
    """
    look, every = _Look(api, asked), tuple(dict.fromkeys((*asked.permissions, *asked.rehearsal)))
    try:
        # One question alone first: a dead cluster is waited for once.
        look.may(asked.permissions[0])
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            verdicts = pool.map(look.may, every)
            dry_runs = pool.map(look.dry_run, asked.replicas)
            deployment = pool.submit(look.deployment)
            job, database = pool.submit(look.rebuild_job), pool.submit(look.database_set)
            template, desired, reason = deployment.result()
            room = pool.submit(look.capacity, template)
            references = pool.submit(look.references, template)
            rights = dict(zip(every, verdicts, strict=True))
            volume_bytes, database_wanted = database.result()
            return ClusterFacts(
                site=asked.site,
                reachable=True,
                rights={str(one): rights[one] for one in asked.permissions},
                dry_runs=dict(zip(map(str, asked.replicas), dry_runs, strict=True)),
                desired=desired,
                images=_images(template),
                references=references.result(),
                workload_reason=reason,
                rebuild_job=job.result(),
                volume_bytes=volume_bytes,
                database_wanted=database_wanted,
                capacity=room.result(),
                rehearsal_rights={str(one): rights[one] for one in asked.rehearsal},
            )
    except (AccessDeniedError, ClusterUnavailableError) as error:
        return unreachable_cluster(asked.site, error.message)
    except (KeyError, TypeError, ValueError) as error:
        # What answers is no Kubernetes API, or not of a version that anybody knows.
        return unreachable_cluster(asked.site, f"an answer makes no sense: {error!r}")


@dataclass(frozen=True)
class _Look:
    api: Api
    asked: Questions

    def may(self, permission: Permission) -> bool | None:
        """Whether the API allows it; None where it gives no verdict."""
        body = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": permission.attributes()},
        }
        status, text = self.api.request("POST", _REVIEWS, body)
        if status not in {_OK, _CREATED}:
            return None
        verdict = _document(text).get("status", {})
        return None if "allowed" not in verdict else bool(verdict["allowed"])

    def dry_run(self, replicas: int) -> str:
        """Return why the server would not scale to ``replicas``, empty where it would."""
        body = {"spec": {"replicas": replicas}}
        path = f"{self._deployment}/scale?dryRun=All"
        try:
            status, text = self.api.request("PATCH", path, body, MERGE_PATCH)
        except AccessDeniedError as error:
            return error.message
        return "" if status == _OK else f"answered {status}: {_message(text)}"

    def deployment(self) -> tuple[dict[str, Any], int | None, str]:
        """Return the pods' template, the wished number, and why there are none."""
        found, reason = self._read(self._deployment)
        if found is None:
            return {}, None, reason
        spec = found["spec"]
        return spec["template"]["spec"], int(spec.get("replicas") or 0), ""

    def references(self, template: Mapping[str, Any]) -> tuple[Reference, ...]:
        """Return the Secrets and ConfigMaps that the template names."""
        read: Reader = partial(self._object, self.asked.deployment.namespace)
        return references_of(template, read, self.asked.nonce)

    def rebuild_job(self) -> str | None:
        """Return what is wrong with the rebuild Job's manifest; None where it can't be read."""
        name = self.asked.pod.job
        state, found = self._object(self.asked.pod.namespace, "ConfigMap", name)
        if state != "present":
            return None if state == "unknown" else f"ConfigMap {name} is not there"
        try:
            json.loads(found["data"]["job.json"])["spec"]["template"]["spec"]["containers"]
        except (KeyError, TypeError, ValueError) as error:
            return f"ConfigMap {name}: job.json: {error!r}"
        return ""

    def database_set(self) -> tuple[int | None, int | None]:
        """Return the size of the database's volume and the wished number of its pods."""
        pod = self.asked.pod
        path = f"/apis/apps/v1/namespaces/{pod.namespace}/statefulsets/{pod.stateful_set}"
        found, _ = self._read(path)
        if found is None:
            return None, None
        # A real API server leaves replicas out where they are zero.
        wanted, claims = (
            int(found["spec"].get("replicas") or 0),
            found["spec"].get("volumeClaimTemplates"),
        )
        if not claims:
            return None, wanted
        storage = claims[0]["spec"]["resources"]["requests"]["storage"]
        return int(parse_quantity(storage)), wanted

    def capacity(self, template: Mapping[str, Any]) -> Capacity:
        """Return the room for the template's pods; what may not be seen is a reason."""
        cpu, memory = pod_request(template)
        try:
            nodes, pods = self._all("/api/v1/nodes"), self._all("/api/v1/pods")
            room, reason = room_of(nodes, pods, template), ""
        except AccessDeniedError as error:
            room, reason = (), error.message
        quota, quota_reason = self._quota()
        return Capacity(room, quota, cpu, memory, reason, quota_reason)

    def _quota(self) -> tuple[dict[str, float], str]:
        path = f"/api/v1/namespaces/{self.asked.deployment.namespace}/resourcequotas"
        found, reason = self._read(path)
        if found is not None:
            return quota_left(found["items"]), ""
        # A server that knows no quotas limits nothing by them.
        return {}, "" if reason == _MISSING else reason

    @property
    def _deployment(self) -> str:
        one = self.asked.deployment
        return f"/apis/apps/v1/namespaces/{one.namespace}/deployments/{one.name}"

    def _object(self, namespace: str, kind: str, name: str) -> tuple[str, dict[str, Any]]:
        found, reason = self._read(f"/api/v1/namespaces/{namespace}/{kind.lower()}s/{name}")
        if found is not None:
            return "present", found
        return ("missing" if reason == _MISSING else "unknown"), {}

    def _read(self, path: str) -> tuple[dict[str, Any] | None, str]:
        try:
            status, text = self.api.request("GET", path)
        except AccessDeniedError as error:
            return None, error.message
        if status == _OK:
            return _document(text), ""
        return None, _MISSING if status == _NOT_FOUND else f"answered {status}: {_message(text)}"

    def _all(self, path: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        query = {"limit": str(_PAGE)}
        for _ in range(_PAGES):
            status, text = self.api.request("GET", f"{path}?{urlencode(query)}")
            if status != _OK:
                raise AccessDeniedError(f"GET {path}: answered {status}: {_message(text)}")
            document = _document(text)
            items += document["items"]
            following = document["metadata"].get("continue")
            if not following:
                return items
            query["continue"] = following
        raise AccessDeniedError(f"GET {path}: more than {_PAGE * _PAGES}")


def _document(text: str) -> dict[str, Any]:
    try:
        return dict(json.loads(text))
    except (TypeError, ValueError):  # a proxy's page, say
        # What begins as an object may be a part of a Secret.
        page = "" if text.lstrip().startswith("{") else f": {text[:200]}"
        raise ClusterUnavailableError(f"the answer is no object{page}") from None


def _message(text: str) -> str:
    try:
        return str(json.loads(text)["message"])
    except (KeyError, TypeError, ValueError):
        return text[:200]


def _images(template: Mapping[str, Any]) -> dict[str, str]:
    return {one["name"]: str(one.get("image", "")) for one in _containers(template)}


def _containers(template: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return (*(template.get("initContainers") or ()), *(template.get("containers") or ()))
