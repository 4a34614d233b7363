"""The node itself: registered in the API, taking pods that wait, a worker for each of its own."""

import asyncio
import logging
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import aiohttp

from lab.kubernetes.client import Json, RefusedError, path_of
from lab.kubernetes.controllers.pods import condition, timestamp
from lab.kubernetes.informer import Informer, Key, key_of
from lab.kubernetes.node.log_server import LogServer
from lab.kubernetes.node.pod_worker import Node, PodWorker
from lab.kubernetes.node.scheduling import why_unschedulable

_LOG = logging.getLogger(__name__)
_CONFLICT, _NOT_FOUND = 409, 404
_RETRY_SECONDS = 0.2
_ENDED = ("Succeeded", "Failed")


class Kubelet:
    """Follows the pods of a cluster and runs those that are bound to this node."""

    def __init__(self, node: Node, tls: tuple[Path, Path] | None = None) -> None:
        self._node = node
        self._labels = {
            "kubernetes.io/hostname": node.name,
            "kubernetes.io/os": "linux",
            "kubernetes.io/arch": "amd64",
        }
        self._workers: dict[Key, PodWorker] = {}
        self._uids: dict[Key, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._binding: dict[str, Json] = {}
        self._machine: Json | None = None
        self._log_server = LogServer(self._workers, tls)
        self._pods = Informer(node.api, path_of("pods"))
        self._pods.subscribe(self._changed)
        own = {"fieldSelector": f"metadata.name={node.name}"}
        self._nodes = Informer(node.api, path_of("nodes"), own)
        self._nodes.subscribe(self._machine_changed)

    async def run(self) -> None:
        """Register and run pods until cancelled; then every pod's processes are killed."""
        port = await self._log_server.start(self._node.address)
        try:
            await self._register(port)
            await asyncio.gather(self._nodes.run(), self._pods.run())
        finally:
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._log_server.close()

    async def _register(self, port: int) -> None:
        amounts = {"cpu": "64", "memory": "256Gi", "pods": "1000"}
        ready = {"type": "Ready", "status": "True", "reason": "KubeletReady"}
        status: Json = {
            "addresses": [
                {"type": "InternalIP", "address": self._node.address},
                {"type": "Hostname", "address": self._node.name},
            ],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
            "capacity": amounts,
            "allocatable": amounts,
            "conditions": [ready | {"lastTransitionTime": timestamp()}],
        }
        node = {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": self._node.name, "labels": self._labels},
            "status": status,
        }
        try:
            await self._node.api.create(path_of("nodes"), node)
        except RefusedError as error:
            if error.code != _CONFLICT:
                raise
            path = path_of("nodes", name=self._node.name, part="status")
            # How much there is to give stays as it is: the cloud may have taken some away.
            again = {k: v for k, v in status.items() if k not in {"capacity", "allocatable"}}
            await self._node.api.patch(path, {"status": again})

    def _machine_changed(self, what: str, machine: Json) -> None:
        self._machine = machine if what == "SET" else None
        self._consider_all()

    def _changed(self, what: str, pod: Json) -> None:
        key, uid = key_of(pod), pod["metadata"]["uid"]
        if what == "GONE":
            if self._uids.get(key) == uid:
                self._workers[key].forget()
            self._consider_all()  # it has left some room
        elif not pod["spec"].get("nodeName"):
            self._consider(pod)
        elif pod["spec"]["nodeName"] == self._node.name:
            if self._uids.get(key) == uid:
                self._workers[key].update(pod)
            elif pod.get("status", {}).get("phase") not in _ENDED:
                self._spawn(self._work(pod, self._employ(pod)))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _employ(self, pod: Json) -> PodWorker:
        key = key_of(pod)
        worker = PodWorker(pod, self._node)
        self._workers[key], self._uids[key] = worker, pod["metadata"]["uid"]
        worker.update(pod)
        return worker

    async def _work(self, pod: Json, worker: PodWorker) -> None:
        key = key_of(pod)
        try:
            await worker.run()
        except Exception:
            _LOG.exception("pod %s", key)
            raise
        finally:
            if self._workers.get(key) is worker:
                del self._workers[key], self._uids[key]
            self._pods.forget(pod)  # late news of it must not start it again

    def _consider_all(self) -> None:
        for pod in list(self._pods.objects.values()):
            if not pod["spec"].get("nodeName"):
                self._consider(pod)

    def _bound(self) -> list[Json]:
        """Give the pods that take room here, those that are just being bound too."""
        bound = {
            pod["metadata"]["uid"]: pod
            for pod in self._pods.objects.values()
            if pod["spec"].get("nodeName") == self._node.name
            and pod.get("status", {}).get("phase") not in _ENDED
        }
        return list((self._binding | bound).values())

    def _consider(self, pod: Json) -> None:
        """Bind a pod that waits for a node, if this one suits it."""
        uid = pod["metadata"]["uid"]
        if "deletionTimestamp" in pod["metadata"] or uid in self._binding:
            return
        if pod["spec"].get("schedulerName") != "default-scheduler":
            return
        if self._machine is None or pod["spec"].get("schedulingGates"):
            return
        if not self._refuses(pod, self._machine):
            self._binding[uid] = pod
            self._spawn(self._bind(pod))

    def _refuses(self, pod: Json, machine: Json) -> bool:
        """Tell whether the pod has to wait, and say why in its status where that is news."""
        others = [one for one in self._bound() if one["metadata"]["uid"] != pod["metadata"]["uid"]]
        why = why_unschedulable(pod, machine, others)
        if why and condition(pod, "PodScheduled").get("message") != why:
            self._spawn(self._say_unschedulable(pod, why))
        return bool(why)

    async def _bind(self, pod: Json) -> None:
        metadata = pod["metadata"]
        binding = {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {"name": metadata["name"], "uid": metadata["uid"]},
            "target": {"apiVersion": "v1", "kind": "Node", "name": self._node.name},
        }
        path = path_of("pods", metadata["namespace"], metadata["name"], "binding")
        try:
            while not await self._settle(pod, path, binding):  # noqa: ASYNC110 - the API is what is awaited
                await asyncio.sleep(_RETRY_SECONDS)
        finally:
            self._binding.pop(metadata["uid"])

    async def _settle(self, pod: Json, path: str, binding: Json) -> bool:
        """Bind a pod, or find that it has to wait; False where no answer came."""
        try:
            # What was changed of the node before the pod came counts, whichever watch is behind.
            machine = await self._node.api.get(path_of("nodes", name=self._node.name))
            if not self._refuses(pod, machine):
                await self._node.api.create(path, binding)
        except RefusedError as error:
            if error.code not in (_CONFLICT, _NOT_FOUND):  # another node has it, or it is gone
                raise
        except aiohttp.ClientError as error:
            _LOG.info("binding %s: %s", path, error)
            return False
        return True

    async def _say_unschedulable(self, pod: Json, why: str) -> None:
        metadata = pod["metadata"]
        path = path_of("pods", metadata["namespace"], metadata["name"], "status")
        self._node.events.warn(pod, "FailedScheduling", why)
        unscheduled = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
        conditions = [unscheduled | {"message": why, "lastTransitionTime": timestamp()}]
        try:
            await self._node.api.patch(path, {"status": {"conditions": conditions}})
        except (RefusedError, aiohttp.ClientError) as error:
            _LOG.info("status of %s: %s", metadata["name"], error)
