"""The addresses of ready pods, kept by a watch: what a load balancer sends traffic to."""

import contextlib
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
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
        sock = opened.sock if opened is not None else None
        if sock is not None:
            with contextlib.suppress(OSError):  # it may just have been closed
                sock.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def _follow(self) -> None:
        while not self._closed.is_set():
            try:
                version = self._list()
                while version and not self._closed.is_set():
                    version = self._watch(version)
            except (OSError, http.client.HTTPException, ValueError):
                self._closed.wait(_RETRY_SECONDS)

    @contextlib.contextmanager
    def _request(
        self, query: dict[str, str], timeout: float | None
    ) -> Iterator[http.client.HTTPResponse]:
        opened = self._open = self._connect(timeout)
        path = f"{self._path}?{urlencode({'labelSelector': self._selector, **query})}"
        authorization = {"Authorization": f"Bearer {self._connection.token}"}
        with contextlib.closing(opened):
            opened.request("GET", path, headers=authorization)
            with opened.getresponse() as response:
                if response.status != http.HTTPStatus.OK:
                    raise ValueError(f"{path}: {response.status}")
                yield response

    def _connect(self, timeout: float | None) -> http.client.HTTPConnection:
        where = urlsplit(self._connection.url)
        host, port = str(where.hostname), where.port
        if where.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=timeout)
        trust = ssl.create_default_context(cafile=self._connection.ca_file)
        return http.client.HTTPSConnection(host, port, timeout=timeout, context=trust)

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
