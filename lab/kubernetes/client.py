"""A small asynchronous client of the Kubernetes API, for the controllers and the node.

It talks to any API server: this package's over HTTP, a real one over HTTPS.
"""

import json
import ssl
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

Json = dict[str, Any]

MERGE_PATCH = "application/merge-patch+json"
_PREFIXES = {
    "namespaces": "/api/v1", "nodes": "/api/v1", "pods": "/api/v1", "configmaps": "/api/v1",
    "secrets": "/api/v1", "events": "/api/v1", "persistentvolumeclaims": "/api/v1",
    "deployments": "/apis/apps/v1", "replicasets": "/apis/apps/v1",
    "statefulsets": "/apis/apps/v1", "jobs": "/apis/batch/v1",
}  # fmt: skip


class RefusedError(Exception):
    """The API server answered with a refusal: its HTTP code, and the Status that it sent."""

    def __init__(self, code: int, status: Json) -> None:
        super().__init__(f"{code}: {status.get('message', '')}")
        self.code = code
        self.status = status


def status_from(text: str) -> Json:
    """Give the Status in a refusal's body; one with the body as message where it is none."""
    try:
        read = json.loads(text)
    except ValueError:
        read = None
    return read if isinstance(read, dict) else {"message": text}


def path_of(plural: str, namespace: str = "", name: str = "", part: str = "") -> str:
    """Give the path of a collection, of an object, or of a part of it such as `status`."""
    steps = [_PREFIXES[plural]]
    if namespace:
        steps += ["namespaces", namespace]
    steps += [step for step in (plural, name, part) if step]
    return "/".join(steps)


class Api:
    """An API server, as a context: `async with Api(url, token) as api`."""

    def __init__(self, url: str, token: str, ca_file: Path | None = None) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"}
        self._ssl: ssl.SSLContext | bool = True
        if ca_file is not None:
            self._ssl = ssl.create_default_context(cafile=str(ca_file))
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(limit=0, ssl=self._ssl)
        self._session = aiohttp.ClientSession(headers=self._headers, connector=connector)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.session.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        """The HTTP session; only inside the context."""
        if self._session is None:
            raise RuntimeError("the client is used as a context: async with Api(...) as api")
        return self._session

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: dict[str, str] | None = None,
        content_type: str = "application/json",
    ) -> Json:
        """Make a request; raises RefusedError, or aiohttp.ClientError where no answer came."""
        headers = {"Content-Type": content_type} if body is not None else None
        async with self.session.request(
            method, self._url + path, json=body, params=query, headers=headers
        ) as response:
            text = await response.text()
            if response.status >= HTTPStatus.BAD_REQUEST:
                raise RefusedError(response.status, status_from(text))
            answer: Json = json.loads(text)
            return answer

    async def get(self, path: str) -> Json:
        """Read an object or a list."""
        return await self.call("GET", path)

    async def create(self, path: str, item: Json) -> Json:
        """Create an object in a collection."""
        return await self.call("POST", path, item)

    async def patch(self, path: str, patch: Json) -> Json:
        """Merge-patch an object."""
        return await self.call("PATCH", path, patch, content_type=MERGE_PATCH)

    async def delete(self, path: str, *, grace_seconds: int | None = None, uid: str = "") -> Json:
        """Delete an object in the background; only the one with this uid, where given."""
        options: Json = {"propagationPolicy": "Background"}
        if grace_seconds is not None:
            options["gracePeriodSeconds"] = grace_seconds
        if uid:
            options["preconditions"] = {"uid": uid}
        return await self.call("DELETE", path, options)

    def watch(
        self, path: str, query: dict[str, str]
    ) -> "aiohttp.client._BaseRequestContextManager[aiohttp.ClientResponse]":
        """Open a watch; the response's lines are the events."""
        unlimited = aiohttp.ClientTimeout(total=None, sock_connect=5)
        params = {**query, "watch": "true", "allowWatchBookmarks": "true"}
        return self.session.get(self._url + path, params=params, timeout=unlimited)
