"""The addresses of ready pods, kept by a watch: what a load balancer sends traffic to."""

import http.client
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from lab.kubernetes.connection import Connection

Address = tuple[str, int]
_RETRY_SECONDS = 0.2
_WATCH_SECONDS = 300
_LIST_TIMEOUT_SECONDS = 10.0


class PodEndpoints:
    """Follows the pods with some labels in a namespace, in a thread of its own.

    While the API doesn't answer, the last known addresses stand: a load balancer keeps its targets
    when a control plane is away.
    """

    def __init__(
        self,
        connection: Connection,
        namespace: str,
        labels: Mapping[str, str],
        changed: Callable[[], None] | None = None,
    ) -> None:
        self._connection = connection
        self._path = f"/api/v1/namespaces/{namespace}/pods"
        self._selector = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
        self._changed = changed
        self._ready: dict[str, Address] = {}
        self._listed = threading.Event()
        self._closed = threading.Event()
        self._open: http.client.HTTPConnection | None = None
        self._thread = threading.Thread(target=self._follow, name="pod-endpoints", daemon=True)
        self._thread.start()

    def addresses(self) -> list[Address]:
        """Give (ip, port) of each ready pod; the first call waits for the first list."""
        self._listed.wait(_LIST_TIMEOUT_SECONDS)
        return sorted(self._ready.values())

    def close(self) -> None:
        """Stop following."""
        self._closed.set()
        opened = self._open
        if opened is not None and opened.sock is not None:
            opened.sock.shutdown(2)
        self._thread.join()

    def _follow(self) -> None:
        while not self._closed.is_set():
            try:
                version = self._list()
                while version and not self._closed.is_set():
                    version = self._watch(version)
            except (OSError, http.client.HTTPException, ValueError):
                self._closed.wait(_RETRY_SECONDS)

    def _request(self, query: dict[str, str], timeout: float | None) -> http.client.HTTPResponse:
        where = urlsplit(self._connection.url)
        if where.hostname is None:
            raise ValueError(f"no host in {self._connection.url}")
        self._open = http.client.HTTPConnection(where.hostname, where.port, timeout=timeout)
        path = f"{self._path}?{urlencode({'labelSelector': self._selector, **query})}"
        authorization = {"Authorization": f"Bearer {self._connection.token}"}
        self._open.request("GET", path, headers=authorization)
        response = self._open.getresponse()
        if response.status != http.HTTPStatus.OK:
            raise ValueError(f"{path}: {response.status}")
        return response

    def _list(self) -> str:
        with self._request({}, _LIST_TIMEOUT_SECONDS) as response:
            listed = json.load(response)
        found = {pod["metadata"]["uid"]: _address(pod) for pod in listed["items"]}
        self._ready = {uid: address for uid, address in found.items() if address}
        self._listed.set()
        self._tell()
        return str(listed["metadata"]["resourceVersion"])

    def _watch(self, version: str) -> str:
        query = {"watch": "true", "resourceVersion": version, "timeoutSeconds": str(_WATCH_SECONDS)}
        with self._request(query, None) as response:
            for line in response:
                event = json.loads(line)
                if event["type"] == "ERROR":
                    return ""
                version = event["object"]["metadata"]["resourceVersion"]
                self._take(event["type"], event["object"])
        return version

    def _take(self, event: str, pod: dict[str, Any]) -> None:
        uid = pod["metadata"]["uid"]
        address = None if event == "DELETED" else _address(pod)
        if address == self._ready.get(uid):
            return
        others = {key: value for key, value in self._ready.items() if key != uid}
        self._ready = {**others, uid: address} if address else others
        self._tell()

    def _tell(self) -> None:
        if self._changed is not None:
            self._changed()


def _address(pod: dict[str, Any]) -> Address | None:
    """Give a pod's address and first port if it is ready and not on its way out."""
    status = pod.get("status", {})
    conditions = {c["type"]: c["status"] for c in status.get("conditions", [])}
    ports = [p["containerPort"] for c in pod["spec"]["containers"] for p in c.get("ports", [])]
    if conditions.get("Ready") != "True" or "deletionTimestamp" in pod["metadata"]:
        return None
    return (status["podIP"], ports[0]) if ports and status.get("podIP") else None
