"""One function for each verb: from a request to the registry and back to an answer."""

import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import aiohttp
from aiohttp import web

from lab.kubernetes.api import deletion, listing, pods, reviews, watching
from lab.kubernetes.api.errors import (
    ApiError,
    Json,
    bad_request,
    method_not_allowed,
    no_such_path,
    unsupported_media_type,
)
from lab.kubernetes.api.patches import apply_patch
from lab.kubernetes.api.registry import Registry, read
from lab.kubernetes.api.requests import Target, dry_run
from lab.kubernetes.api.resources import REVIEWS
from lab.kubernetes.api.scale import scale_of, scaled
from lab.kubernetes.api.users import User

_JSON_TYPES = ("application/json", "application/octet-stream", "")


def reply(item: Json, status: int = HTTPStatus.OK) -> web.Response:
    """Answer with an object."""
    text = json.dumps(item, separators=(",", ":"))
    return web.Response(text=text, status=status, content_type="application/json")


async def _body(request: web.Request) -> Any:
    if request.content_type not in _JSON_TYPES:
        raise unsupported_media_type(request.content_type, ["application/json"])
    text = await request.read()
    try:
        return json.loads(text) if text else None
    except ValueError as error:
        raise bad_request(f"couldn't get version/kind; json parse error: {error}") from error


class Handlers:
    """The verbs of the API over one registry."""

    def __init__(
        self, registry: Registry, session: aiohttp.ClientSession, node_scheme: str
    ) -> None:
        self._registry = registry
        self._nodes = pods.Nodes(registry, session, node_scheme)
        self._verbs: dict[str, Callable[..., Awaitable[web.StreamResponse]]] = {
            "get": self._get,
            "list": self._list,
            "watch": self._watch,
            "create": self._create,
            "update": self._update,
            "patch": self._patch,
            "delete": self._delete,
            "deletecollection": self._delete_collection,
        }

    async def serve(self, request: web.Request, target: Target, user: User) -> web.StreamResponse:
        """Answer a request that is allowed; raises ApiError for every refusal."""
        if target.resource in REVIEWS:
            if request.method != "POST":
                raise method_not_allowed()
            body = await _body(request)
            answered = reviews.answer(self._registry.store, target.resource, body, user)
            return reply(answered, HTTPStatus.CREATED)
        verb = self._verbs.get(target.wanted.verb)
        if verb is None:
            raise method_not_allowed()
        return await verb(request, target)

    async def _get(self, request: web.Request, target: Target) -> web.StreamResponse:
        if target.wanted.subresource == "log" and target.resource.plural == "pods":
            return await self._nodes.log(request, target)
        self._check_part(target)
        item = self._registry.get(target.resource, target.namespace, target.name)
        return reply(scale_of(item) if target.wanted.subresource == "scale" else item)

    def _check_part(self, target: Target) -> None:
        part, resource = target.wanted.subresource, target.resource
        known = {"": True, "status": resource.status, "scale": resource.scale}
        if not known.get(part, False):
            raise no_such_path()

    async def _list(self, request: web.Request, target: Target) -> web.StreamResponse:
        store = self._registry.store
        return reply(listing.list_objects(store, target.resource, target.namespace, request.query))

    async def _watch(self, request: web.Request, target: Target) -> web.StreamResponse:
        return await watching.serve(request, self._registry.store, target)

    async def _create(self, request: web.Request, target: Target) -> web.StreamResponse:
        body, dry = await _body(request), dry_run(request.query)
        if target.wanted.subresource == "binding" and target.resource.plural == "pods":
            bound = pods.bind(self._registry, target, body, dry_run=dry)
            return reply(bound, HTTPStatus.CREATED)
        if target.wanted.subresource:
            raise no_such_path()
        if target.resource.namespaced and not target.namespace:
            raise method_not_allowed()
        if not isinstance(body, dict):
            read(target.resource, body)
        item = self._registry.create(target.resource, target.namespace, body, dry_run=dry)
        return reply(item, HTTPStatus.CREATED)

    async def _update(self, request: web.Request, target: Target) -> web.StreamResponse:
        self._check_part(target)
        resource, part = target.resource, target.wanted.subresource
        body, dry = await _body(request), dry_run(request.query)
        if part == "scale":
            return self._write(target, lambda old: scaled(resource, old, body), dry=dry)
        new = read(resource, body)
        metadata = new["metadata"]
        if metadata.setdefault("name", target.name) != target.name:
            raise bad_request(
                f"the name of the object ({metadata['name']}) does not match the name on the URL "
                f"({target.name})"
            )
        if metadata.get("namespace", target.namespace) != target.namespace:
            raise bad_request(
                "the namespace of the provided object does not match the namespace sent on the "
                "request"
            )
        if resource.namespaced:
            metadata["namespace"] = target.namespace
        try:
            return self._write(target, lambda _old: new, dry=dry)
        except ApiError as error:
            creates = resource.create_on_update and not part and "uid" not in metadata
            if error.code != HTTPStatus.NOT_FOUND or not creates:
                raise
        item = self._registry.create(resource, target.namespace, new, dry_run=dry)
        return reply(item, HTTPStatus.CREATED)

    async def _patch(self, request: web.Request, target: Target) -> web.StreamResponse:
        self._check_part(target)
        resource, body, kind = target.resource, await request.read(), request.content_type

        def change(old: Json) -> Json:
            if target.wanted.subresource == "scale":
                scale = apply_patch("V1Scale", scale_of(old), kind, body)
                return scaled(resource, old, scale, patched=True)
            return read(resource, apply_patch(resource.schema, old, kind, body), patched=True)

        return self._write(target, change, dry=dry_run(request.query))

    def _write(
        self, target: Target, change: Callable[[Json], Json], *, dry: bool
    ) -> web.StreamResponse:
        part = target.wanted.subresource
        item = self._registry.update(
            target.resource,
            target.namespace,
            target.name,
            change,
            part="status" if part == "status" else "",
            dry_run=dry,
        )
        return reply(scale_of(item) if part == "scale" else item)

    async def _delete(self, request: web.Request, target: Target) -> web.StreamResponse:
        if target.wanted.subresource:
            raise no_such_path()
        options = deletion.read_options(await _body(request), dict(request.query))
        resource = target.resource
        item, gone = deletion.delete(
            self._registry, resource, target.namespace, target.name, options
        )
        if not gone or resource.plural == "pods":
            return reply(item)
        metadata = item["metadata"]
        details = {"name": metadata["name"], "kind": resource.plural, "uid": metadata["uid"]}
        if resource.group:
            details["group"] = resource.group
        status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
        return reply({**status, "details": details})

    async def _delete_collection(self, request: web.Request, target: Target) -> web.StreamResponse:
        options = deletion.read_options(await _body(request), dict(request.query))
        store, resource = self._registry.store, target.resource
        found = listing.list_objects(store, resource, target.namespace, request.query)
        for item in found["items"]:
            metadata = item["metadata"]
            namespace = metadata.get("namespace", "")
            deletion.delete(self._registry, resource, namespace, metadata["name"], options)
        return reply(found)
