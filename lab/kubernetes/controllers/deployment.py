"""Deployments: a ReplicaSet for each pod template, and the rollout from one to the next."""

import copy

from lab.kubernetes.client import Json
from lab.kubernetes.controllers import pods
from lab.kubernetes.controllers.deployment_status import status_of
from lab.kubernetes.controllers.rollout import Counts, limits, new_size, old_sizes
from lab.kubernetes.controllers.work import Caches, Controller, controller_uid
from lab.kubernetes.informer import key_of

_HASH = "pod-template-hash"
_REVISION = "deployment.kubernetes.io/revision"


class DeploymentController(Controller):
    """Keeps one ReplicaSet per template and moves the pods to the newest."""

    plural = "deployments"
    kind = "Deployment"
    dependents = ("replicasets",)

    def __init__(self, caches: Caches) -> None:
        super().__init__(caches)
        caches.informers["pods"].subscribe(self._pod_changed)

    def _pod_changed(self, what: str, pod: Json) -> None:
        """Look again when a pod is gone: Recreate waits for the last one."""
        if what != "GONE":
            return
        for replica_set in self.caches.in_namespace("replicasets", pod["metadata"]["namespace"]):
            if replica_set["metadata"]["uid"] == controller_uid(pod):
                self._dependent_changed(what, replica_set)

    async def reconcile(self, item: Json) -> None:
        """Make or find the ReplicaSet of the template, resize old and new, say how it stands."""
        sets = self.caches.owned("replicasets", item)
        new = next((s for s in sets if _template_of(s) == item["spec"]["template"]), None)
        if new is None and not item["spec"].get("paused"):
            new = await self._make(item, sets)
        old = [s for s in sets if new is None or s["metadata"]["uid"] != new["metadata"]["uid"]]
        if item["spec"].get("paused"):
            await self._resize_paused(item, new or _newest(old))
        elif new is not None:
            await self._roll(item, new, old)
            await self._forget_history(item, old)
        await self._say(item)

    async def _make(self, item: Json, sets: list[Json]) -> Json:
        template = copy.deepcopy(item["spec"]["template"])
        mark = pods.template_hash(template)
        template["metadata"]["labels"][_HASH] = mark
        selector = copy.deepcopy(item["spec"]["selector"])
        selector.setdefault("matchLabels", {})[_HASH] = mark
        revision = max((_revision(s) for s in sets), default=0) + 1
        spec: Json = {"replicas": 0, "selector": selector, "template": template}
        if item["spec"].get("minReadySeconds"):
            spec["minReadySeconds"] = item["spec"]["minReadySeconds"]
        metadata = {
            "name": f"{item['metadata']['name']}-{mark}",
            "namespace": item["metadata"]["namespace"],
            "labels": template["metadata"]["labels"],
            "annotations": {_REVISION: str(revision)},
            "ownerReferences": [pods.owner_reference(item)],
        }
        made = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": metadata, "spec": spec}
        return await self.caches.create("replicasets", made)

    async def _roll(self, item: Json, new: Json, old: list[Json]) -> None:
        replicas = item["spec"]["replicas"]
        if item["spec"]["strategy"]["type"] == "Recreate":
            for each in old:
                await self._resize(each, 0)
            if not any(self._has_pods(each) for each in old):
                await self._resize(new, replicas)
            return
        bounds = limits(replicas, item["spec"]["strategy"])
        new = await self._resize(new, new_size(_counts(new), [_counts(s) for s in old], bounds))
        sizes = old_sizes(_counts(new), [_counts(s) for s in old], bounds)
        for each, size in zip(old, sizes, strict=True):
            await self._resize(each, size)

    def _has_pods(self, replica_set: Json) -> bool:
        return bool(self.caches.owned("pods", replica_set))

    async def _resize_paused(self, item: Json, active: Json | None) -> None:
        if active is not None:
            await self._resize(active, item["spec"]["replicas"])

    async def _resize(self, replica_set: Json, replicas: int) -> Json:
        if replica_set["spec"]["replicas"] == replicas:
            return replica_set
        patch = {"spec": {"replicas": replicas}}
        return await self.caches.patch("replicasets", replica_set, patch)

    async def _forget_history(self, item: Json, old: list[Json]) -> None:
        empty = [s for s in old if not s["spec"]["replicas"] and not self._has_pods(s)]
        surplus = len(empty) - item["spec"]["revisionHistoryLimit"]
        for each in sorted(empty, key=_revision)[: max(0, surplus)]:
            await self.caches.delete("replicasets", each)

    async def _say(self, item: Json) -> None:
        sets = self.caches.owned("replicasets", item)
        template = item["spec"]["template"]
        new = next((s for s in sets if _template_of(s) == template), None)
        status, again_seconds = status_of(item, sets, new)
        await self.write_status(item, status)
        if again_seconds is not None:
            self.enqueue_after(key_of(item), again_seconds)


def _template_of(replica_set: Json) -> Json:
    """Give a ReplicaSet's template as its Deployment has it: without the hash."""
    template: Json = copy.deepcopy(replica_set["spec"]["template"])
    template["metadata"].get("labels", {}).pop(_HASH, None)
    return template


def _revision(replica_set: Json) -> int:
    return int(replica_set["metadata"].get("annotations", {}).get(_REVISION, "0"))


def _newest(sets: list[Json]) -> Json | None:
    return max(sets, key=_revision, default=None)


def _counts(replica_set: Json) -> Counts:
    available = replica_set.get("status", {}).get("availableReplicas", 0)
    return Counts(replica_set["spec"]["replicas"], available)
