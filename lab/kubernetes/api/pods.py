"""What pods have beyond other objects: binding to a node, and logs from it."""

from http import HTTPStatus

import aiohttp
from aiohttp import web

from lab.kubernetes.api.errors import ApiError, Json, bad_request, conflict, internal
from lab.kubernetes.api.registry import Registry, now
from lab.kubernetes.api.requests import Target
from lab.kubernetes.api.resources import NODES, PODS
from lab.kubernetes.api.schema import SchemaError, conform

_LOG_OPTIONS = ("tailLines", "previous", "follow", "limitBytes", "timestamps", "sinceSeconds")


def bind(registry: Registry, target: Target, body: Json, *, dry_run: bool) -> Json:
    """Bind a pod to a node, once: raises ApiError 409 for a pod that has a node."""
    try:
        binding = conform("V1Binding", body)
    except SchemaError as error:
        raise bad_request(f"Binding cannot be read: {error}") from error
    node = binding.get("target", {}).get("name", "")
    pod = registry.get(PODS, target.namespace, target.name)
    uid = binding.get("metadata", {}).get("uid", pod["metadata"]["uid"])
    if pod["spec"].get("nodeName") or uid != pod["metadata"]["uid"]:
        why = f'pod {target.name} is already assigned to node "{pod["spec"].get("nodeName")}"'
        raise conflict("pods/binding", "", target.name, why)
    status = pod.get("status", {})
    scheduled = {"type": "PodScheduled", "status": "True", "lastTransitionTime": now()}
    others = [c for c in status.get("conditions", []) if c["type"] != "PodScheduled"]
    bound = {
        **pod,
        "spec": {**pod["spec"], "nodeName": node},
        "status": {**status, "conditions": [*others, scheduled]},
    }
    if not dry_run:
        registry.save(PODS, bound)
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def _container(pod: Json, asked: str) -> str:
    spec, name = pod["spec"], pod["metadata"]["name"]
    main = [c["name"] for c in spec["containers"]]
    every = [*main, *(c["name"] for c in spec.get("initContainers", []))]
    if not asked and len(main) > 1:
        listed = " ".join(main)
        message = f"a container name must be specified for pod {name}, choose one of: [{listed}]"
        raise bad_request(message)
    if asked and asked not in every:
        raise bad_request(f"container {asked} is not valid for pod {name}")
    return asked or str(main[0])


class Nodes:
    """The way from the server to the nodes; `scheme` is how they are asked.

    As a real server does unless it is told otherwise, nodes' certificates are not verified.
    """

    def __init__(
        self, registry: Registry, session: aiohttp.ClientSession, scheme: str = "http"
    ) -> None:
        self._registry = registry
        self._session = session
        self._scheme = scheme

    def _endpoint(self, name: str) -> str:
        node = self._registry.store.get(NODES.id, "", name)
        status = node.get("status", {}) if node else {}
        port = status.get("daemonEndpoints", {}).get("kubeletEndpoint", {}).get("Port")
        found = [a["address"] for a in status.get("addresses", []) if a["type"] == "InternalIP"]
        if not port or not found:
            raise internal(f"no address is known for the node {name}")
        return f"{self._scheme}://{found[0]}:{port}"

    async def log(self, request: web.Request, target: Target) -> web.StreamResponse:
        """Pass on a container's log from the pod's node.

        Raises ApiError: 400 for a container that doesn't exist or has not started, 500 where the
        node doesn't answer.
        """
        pod = self._registry.get(PODS, target.namespace, target.name)
        container = _container(pod, request.query.get("container", ""))
        if not pod["spec"].get("nodeName"):
            return web.Response(text="")  # real servers answer nothing for a pod without a node
        path = f"/containerLogs/{target.namespace}/{target.name}/{container}"
        query = {key: request.query[key] for key in _LOG_OPTIONS if key in request.query}
        url = self._endpoint(pod["spec"]["nodeName"]) + path
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        try:
            async with self._session.get(url, params=query, ssl=False) as source:
                await _check(source)
                await response.prepare(request)
                async for part in source.content.iter_any():
                    await response.write(part)
        except aiohttp.ClientError as error:
            if response.prepared:
                return response
            raise ApiError(500, "InternalError", f"Get {url}: {error}") from error
        return response


async def _check(source: aiohttp.ClientResponse) -> None:
    if source.status == HTTPStatus.OK:
        return
    text = await source.text()
    known = source.status < HTTPStatus.INTERNAL_SERVER_ERROR
    raise bad_request(text) if known else internal(text)
