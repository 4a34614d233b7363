"""One pod on the node: from its first container to its removal from the API."""

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from lab.kubernetes.client import Api, Json, RefusedError, path_of
from lab.kubernetes.controllers.pods import timestamp
from lab.kubernetes.node.addresses import Addresses
from lab.kubernetes.node.containers import Container, Place
from lab.kubernetes.node.environment import ConfigError, References, base_environment
from lab.kubernetes.node.events import Events
from lab.kubernetes.node.guard import Guard
from lab.kubernetes.node.images import Pulling
from lab.kubernetes.node.logs import kept_folder
from lab.kubernetes.node.pod_status import Facts, status_of
from lab.kubernetes.node.service_tokens import ServiceTokens
from lab.kubernetes.node.volumes import make_volumes

_LOG = logging.getLogger(__name__)
_GONE = (404, 409)
_RETRY_SECONDS = 0.2


@dataclass(frozen=True)
class Node:
    """What all pods of a node share."""

    name: str
    address: str
    api: Api
    session: aiohttp.ClientSession
    folder: Path
    images: Pulling
    addresses: Addresses
    guard: Guard
    events: Events
    pod_start_seconds: float = 0.0
    time_scale: float = 1.0
    tokens: ServiceTokens | None = None


class PodWorker:
    """Runs one pod and keeps its status in the API."""

    def __init__(self, pod: Json, node: Node) -> None:
        self._pod = pod
        self._node = node
        self._spec = pod["spec"]
        self._stop = asyncio.Event()
        self._dirty = asyncio.Event()
        self._initialized = False
        self._start_time = timestamp()
        self._grace_seconds = 0.0
        self._gone = False
        ports = [p["containerPort"] for c in self._spec["containers"] for p in c.get("ports", [])]
        self._address = node.addresses.take(ports)
        self._folder = node.folder / "pods" / pod["metadata"]["uid"]
        place = self._place()
        self.init = self._containers("initContainers", place)
        self.main = self._containers("containers", place)

    def _place(self) -> Place:
        node, pod = self._node, self._pod
        fields = {
            "status.podIP": self._address,
            "status.podIPs": self._address,
            "status.hostIP": node.address,
            "spec.nodeName": node.name,
            "spec.serviceAccountName": self._spec.get("serviceAccountName", "default"),
        }
        return Place(
            images=node.images,
            references=References(node.api, pod, fields, node.tokens),
            base_environment=base_environment(pod, self._address),
            folders={},
            pod_folder=self._folder,
            log_folder=self._folder / "logs",
            kept_logs=kept_folder(node.folder, pod["metadata"]),
            address=self._address,
            session=node.session,
            guard=node.guard,
            time_scale=node.time_scale,
            warn=lambda reason, message: node.events.warn(pod, reason, message),
        )

    def _containers(self, field: str, place: Place) -> list[Container]:
        init = field == "initContainers"
        known = self._pod.get("status", {})
        before = known.get("initContainerStatuses" if init else "containerStatuses", [])
        # A pod that ran before this node was started runs again: that is a restart.
        counts = {c["name"]: c["restartCount"] + ("waiting" not in c["state"]) for c in before}
        return [
            Container(spec, place, self._changed, init=init, restarts=counts.get(spec["name"], 0))
            for spec in self._spec.get(field, [])
        ]

    def _changed(self) -> None:
        self._dirty.set()

    def update(self, pod: Json) -> None:
        """Take in the pod's new state in the API; one that is being deleted is stopped."""
        self._pod = pod
        if "deletionTimestamp" in pod["metadata"]:
            grace = pod["metadata"].get("deletionGracePeriodSeconds", 0)
            self.stop(float(grace))

    def forget(self) -> None:
        """Take in that the pod is gone from the API: it ends at once."""
        self._gone = True
        self.stop(0.0)

    def stop(self, grace_seconds: float) -> None:
        """End the pod, its containers within the grace."""
        if not self._stop.is_set():
            self._grace_seconds = grace_seconds
            self._stop.set()
        elif self._gone:
            for container in (*self.init, *self.main):
                container.kill()

    async def run(self) -> None:
        """Run the pod to its end, and out of the API if it was deleted."""
        report = asyncio.create_task(self._report())
        life = asyncio.create_task(self._live())
        stopped = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait((life, stopped), return_when=asyncio.FIRST_COMPLETED)
            if not life.done():
                await self._end_containers()
            await life
            await self._flush(report)
            await stopped  # a pod that has ended stays until it is deleted
            await self._remove()
        finally:
            for task in (report, life, stopped):
                task.cancel()
            await asyncio.gather(report, life, stopped, return_exceptions=True)
            for container in (*self.init, *self.main):
                container.kill()
            self._node.addresses.give_back(self._address)
            shutil.rmtree(self._folder, ignore_errors=True)

    async def _live(self) -> None:
        self._changed()
        if not await self._start():
            return
        policy = self._spec["restartPolicy"]
        for container in self.init:
            await container.run("Never" if policy == "Never" else "OnFailure")
            if self._stop.is_set() or not container.state.ended_well:
                return
        self._initialized = True
        await asyncio.gather(*(container.run(policy) for container in self.main))

    async def _start(self) -> bool:
        """Wait as long as a pod takes to start, then make its volumes; False when stopped."""
        for container in self.init[:1] or self.main:
            container.state.wait("ContainerCreating")
        pause = self._node.pod_start_seconds if self._is_slow() else 0.0
        claims = self._node.folder / "claims" / self._pod["metadata"]["namespace"]
        while not self._stop.is_set():
            try:
                async with asyncio.timeout(pause):
                    await self._stop.wait()
            except TimeoutError:
                pass
            place = self.main[0].place
            try:
                made = await make_volumes(self._spec, place.references, self._folder, claims)
            except (ConfigError, RefusedError, aiohttp.ClientError) as error:
                self._node.events.warn(self._pod, "FailedMount", str(error))
                pause = max(2.0 * self._node.time_scale, 0.1)
                continue
            place.folders.update(made)
            return not self._stop.is_set()
        return False

    def _is_slow(self) -> bool:
        images = (self._node.images.pull(one["image"]) for one in self._spec["containers"])
        return any(one is None or one.slow for one in images)

    async def _end_containers(self) -> None:
        running = [c.stop(self._grace_seconds) for c in (*self.init, *self.main)]
        await asyncio.gather(*running)

    def _facts(self) -> Facts:
        return Facts(
            address=self._address,
            node_address=self._node.address,
            start_time=self._start_time,
            init=[container.state for container in self.init],
            main=[container.state for container in self.main],
            policy=self._spec["restartPolicy"],
            initialized=self._initialized,
        )

    async def _report(self) -> None:
        """Write the status after each change; changes in between go together."""
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            await self._write_status()

    async def _flush(self, report: asyncio.Task[None]) -> None:
        """Write the last status, after whatever the reporter is writing."""
        report.cancel()
        await asyncio.gather(report, return_exceptions=True)
        await self._write_status()

    async def _write_status(self) -> None:
        async def write() -> None:
            status = status_of(self._pod, self._facts())
            patch = {"metadata": {"uid": self._pod["metadata"]["uid"]}, "status": status}
            self._pod = await self._node.api.patch(self._path("status"), patch)

        await self._insist(write)

    async def _remove(self) -> None:
        uid = self._pod["metadata"]["uid"]

        async def remove() -> None:
            await self._node.api.delete(self._path(), grace_seconds=0, uid=uid)

        await self._insist(remove)

    def _path(self, part: str = "") -> str:
        metadata = self._pod["metadata"]
        return path_of("pods", metadata["namespace"], metadata["name"], part)

    async def _insist(self, call: Callable[[], Awaitable[None]]) -> None:
        """Make a call until it is answered, or the pod is gone from the API."""
        while not self._gone:
            try:
                await call()
            except RefusedError as error:
                if error.code in _GONE:
                    return
                _LOG.warning("pod %s: %s", self._pod["metadata"]["name"], error)
            except (aiohttp.ClientError, TimeoutError) as error:
                _LOG.info("pod %s: %s", self._pod["metadata"]["name"], error)
            else:
                return
            await asyncio.sleep(_RETRY_SECONDS)
