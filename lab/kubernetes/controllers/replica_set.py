"""ReplicaSets: as many pods as the spec says."""

import asyncio

from lab.kubernetes.api.selectors import from_object, matches
from lab.kubernetes.client import Json
from lab.kubernetes.controllers import pods
from lab.kubernetes.controllers.work import Controller, controller_uid
from lab.kubernetes.informer import key_of


class ReplicaSetController(Controller):
    """Creates and deletes pods until as many are active as a ReplicaSet asks for."""

    plural = "replicasets"
    kind = "ReplicaSet"
    dependents = ("pods",)

    async def reconcile(self, item: Json) -> None:
        """Create or delete what differs, then say what there is."""
        await self._adopt(item)
        active = [pod for pod in self.caches.owned("pods", item) if pods.is_active(pod)]
        wanted = item["spec"]["replicas"]
        if len(active) < wanted:
            template = item["spec"]["template"]
            made = [pods.pod_from(item, template) for _ in range(wanted - len(active))]
            await asyncio.gather(*(self.caches.create("pods", pod) for pod in made))
        elif len(active) > wanted:
            surplus = sorted(active, key=pods.first_to_go)[: len(active) - wanted]
            await asyncio.gather(*(self.caches.delete("pods", pod) for pod in surplus))
        await self._say(item)

    async def _adopt(self, item: Json) -> None:
        selector = from_object(item["spec"]["selector"])
        for pod in self.caches.in_namespace("pods", item["metadata"]["namespace"]):
            labels = pod["metadata"].get("labels")
            if matches(selector, labels) and not controller_uid(pod) and pods.is_active(pod):
                owners = pod["metadata"].get("ownerReferences", [])
                owned = {"ownerReferences": [*owners, pods.owner_reference(item)]}
                uid = {"uid": pod["metadata"]["uid"]}
                await self.caches.patch("pods", pod, {"metadata": owned | uid})

    async def _say(self, item: Json) -> None:
        active = [pod for pod in self.caches.owned("pods", item) if pods.is_active(pod)]
        least = item["spec"].get("minReadySeconds", 0)
        waits = [pods.available_in_seconds(pod, least) for pod in active]
        coming = [wait for wait in waits if wait]
        if coming:
            self.enqueue_after(key_of(item), min(coming))
        status: Json = {
            **item.get("status", {}),
            "replicas": len(active),
            "fullyLabeledReplicas": len(active),
            "readyReplicas": len([wait for wait in waits if wait is not None]),
            "availableReplicas": waits.count(0.0),
            "observedGeneration": item["metadata"]["generation"],
        }
        await self.write_status(item, status)
