"""Warnings about pods as Event objects, for people who look at the cluster."""

import asyncio
import logging
import uuid

import aiohttp

from lab.kubernetes.client import Api, Json, RefusedError, path_of
from lab.kubernetes.controllers.pods import timestamp

_LOG = logging.getLogger(__name__)


class Events:
    """Writes events without making anybody wait; repeated ones raise the first one's count."""

    def __init__(self, api: Api, source: str) -> None:
        self._api = api
        self._source = source
        self._known: dict[tuple[str, str, str], Json] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def warn(self, pod: Json, reason: str, message: str) -> None:
        """Say that something is wrong with a pod."""
        key = (pod["metadata"]["uid"], reason, message)
        event = self._known.get(key)
        if event is None:
            event = self._known[key] = self._made(pod, reason, message)
            task = asyncio.create_task(self._create(event))
        else:
            event["count"] += 1
            event["lastTimestamp"] = timestamp()
            task = asyncio.create_task(self._count(event))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _made(self, pod: Json, reason: str, message: str) -> Json:
        metadata = pod["metadata"]
        involved = {"apiVersion": "v1", "kind": "Pod", "name": metadata["name"]}
        involved |= {"namespace": metadata["namespace"], "uid": metadata["uid"]}
        name = f"{metadata['name']}.{uuid.uuid4().hex[:16]}"
        return {
            "metadata": {"name": name, "namespace": metadata["namespace"]},
            "involvedObject": involved,
            "reason": reason,
            "message": message[:1024],
            "type": "Warning",
            "count": 1,
            "firstTimestamp": timestamp(),
            "lastTimestamp": timestamp(),
            "source": {"component": "kubelet", "host": self._source},
        }

    async def _create(self, event: Json) -> None:
        await self._try("POST", path_of("events", event["metadata"]["namespace"]), event)

    async def _count(self, event: Json) -> None:
        metadata = event["metadata"]
        path = path_of("events", metadata["namespace"], metadata["name"])
        patch = {"count": event["count"], "lastTimestamp": event["lastTimestamp"]}
        await self._try("PATCH", path, patch)

    async def _try(self, method: str, path: str, body: Json) -> None:
        """Send an event; one that can't be sent is lost, as everywhere in Kubernetes."""
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        try:
            await self._api.call(method, path, body, content_type=kind)
        except (RefusedError, aiohttp.ClientError) as error:
            _LOG.debug("event lost: %s", error)
