"""StatefulSets: pods with ordered names, made, replaced and removed one after the other."""

import copy

from lab.kubernetes.client import Json, RefusedError, path_of
from lab.kubernetes.controllers import pods
from lab.kubernetes.controllers.work import Controller

_REVISION = "controller-revision-hash"
_CONFLICT = 409


class StatefulSetController(Controller):
    """Keeps the pods <name>-0 ... <name>-(n-1), by default one step at a time."""

    plural = "statefulsets"
    kind = "StatefulSet"
    dependents = ("pods",)

    async def reconcile(self, item: Json) -> None:
        """Take the next step to the pods that the spec asks for, then say what there is."""
        owned = {_ordinal(pod): pod for pod in self.caches.owned("pods", item)}
        await self._step(item, owned)
        await self._say(item)

    async def _step(self, item: Json, owned: dict[int, Json]) -> None:
        parallel = item["spec"]["podManagementPolicy"] == "Parallel"
        for ordinal in range(item["spec"]["replicas"]):
            pod = owned.get(ordinal)
            if pod is None:
                await self._make(item, ordinal)
            elif pod.get("status", {}).get("phase") in ("Failed", "Succeeded"):
                await self.caches.delete("pods", pod)
            if not parallel and (pod is None or not _settled(pod)):
                return
        for ordinal in sorted(owned, reverse=True):
            if ordinal < item["spec"]["replicas"]:
                break
            if "deletionTimestamp" not in owned[ordinal]["metadata"]:
                await self.caches.delete("pods", owned[ordinal])
            if not parallel:
                return
        await self._update(item, owned)

    async def _update(self, item: Json, owned: dict[int, Json]) -> None:
        strategy = item["spec"]["updateStrategy"]
        if strategy["type"] != "RollingUpdate" or not all(_settled(p) for p in owned.values()):
            return
        wanted = pods.template_hash(item["spec"]["template"])
        first = strategy.get("rollingUpdate", {}).get("partition", 0)
        for ordinal in sorted(owned, reverse=True):
            pod = owned[ordinal]
            if ordinal >= first and pod["metadata"]["labels"].get(_REVISION) != wanted:
                await self.caches.delete("pods", pod)
                return

    async def _make(self, item: Json, ordinal: int) -> None:
        name = f"{item['metadata']['name']}-{ordinal}"
        template = copy.deepcopy(item["spec"]["template"])
        labels = template["metadata"]["labels"]
        labels |= {
            "apps.kubernetes.io/pod-index": str(ordinal),
            "statefulset.kubernetes.io/pod-name": name,
            _REVISION: pods.template_hash(item["spec"]["template"]),
        }
        for claim in item["spec"].get("volumeClaimTemplates", []):
            claim_name = f"{claim['metadata']['name']}-{name}"
            await self._claim(item, claim, claim_name)
            source = {"persistentVolumeClaim": {"claimName": claim_name}}
            volume = {"name": claim["metadata"]["name"], **source}
            template["spec"].setdefault("volumes", []).append(volume)
        pod = pods.pod_from(item, template, name=name)
        pod["spec"] = {**pod["spec"], "hostname": name}
        if item["spec"].get("serviceName"):
            pod["spec"]["subdomain"] = item["spec"]["serviceName"]
        await self.caches.create("pods", pod)

    async def _claim(self, item: Json, template: Json, name: str) -> None:
        namespace = item["metadata"]["namespace"]
        claim = {"metadata": {"name": name, "namespace": namespace}, "spec": template["spec"]}
        try:
            await self.caches.api.create(path_of("persistentvolumeclaims", namespace), claim)
        except RefusedError as error:
            if error.code != _CONFLICT:  # the claim outlives its pod: it is there again
                raise

    async def _say(self, item: Json) -> None:
        owned = self.caches.owned("pods", item)
        wanted = pods.template_hash(item["spec"]["template"])
        known = item.get("status", {})
        updated = [p for p in owned if p["metadata"]["labels"].get(_REVISION) == wanted]
        ready = [pod for pod in owned if pods.is_ready(pod)]
        update = f"{item['metadata']['name']}-{wanted}"
        current = update if len(updated) == len(owned) else known.get("currentRevision", update)
        status: Json = {
            **known,
            "replicas": len(owned),
            "readyReplicas": len(ready),
            "availableReplicas": len(ready),
            "updatedReplicas": len(updated),
            "currentReplicas": len(owned) if current == update else len(owned) - len(updated),
            "currentRevision": current,
            "updateRevision": update,
            "collisionCount": 0,
            "observedGeneration": item["metadata"]["generation"],
        }
        await self.write_status(item, status)


def _ordinal(pod: Json) -> int:
    ending = pod["metadata"]["name"].rpartition("-")[2]
    return int(ending) if ending.isdigit() else -1


def _settled(pod: Json) -> bool:
    return pods.is_ready(pod) and "deletionTimestamp" not in pod["metadata"]
