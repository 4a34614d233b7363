"""The HTTP application: who asks, whether they may, and the answer or the Status of a refusal."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path

import aiohttp
from aiohttp import web

from lab.kubernetes.api import bootstrap, discovery, rbac, requests
from lab.kubernetes.api.errors import ApiError, forbidden, no_such_path
from lab.kubernetes.api.garbage import Collector
from lab.kubernetes.api.handlers import Handlers, reply
from lab.kubernetes.api.registry import Registry
from lab.kubernetes.api.store import Store
from lab.kubernetes.api.users import Authenticator, User

_HEALTH = ("/healthz", "/livez", "/readyz")
_MAX_BODY_BYTES = 3 * 1024 * 1024


class Server:
    """One cluster's API: a store, its rules and its door.

    `history` is how many changes are kept for watches, `node_scheme` how nodes are asked for logs.
    `record` gets a JSON line for each thing that a user was allowed, the first time.
    """

    def __init__(
        self,
        authenticator: Authenticator,
        *,
        history: int = 2000,
        node_scheme: str = "http",
        record: Path | None = None,
    ) -> None:
        self._record = record
        self._recorded: set[tuple[str, rbac.Attributes]] = set()
        self.store = Store(history)
        self.registry = Registry(self.store)
        self._authenticator = authenticator
        self._node_scheme = node_scheme
        self._handlers: Handlers | None = None
        bootstrap.fill(self.registry)

    def application(self) -> web.Application:
        """Give the aiohttp application to serve."""
        application = web.Application(client_max_size=_MAX_BODY_BYTES)
        application.router.add_route("*", "/{path:.*}", self._answer)
        application.cleanup_ctx.append(self._background)
        return application

    async def _background(self, _application: web.Application) -> AsyncIterator[None]:
        collector = asyncio.create_task(Collector(self.registry).run())
        async with aiohttp.ClientSession() as session:
            self._handlers = Handlers(self.registry, session, self._node_scheme)
            yield
        collector.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await collector

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        try:
            user = self._authenticator.authenticate(request.headers.get("Authorization", ""))
            parsed = requests.parse(request)
            if parsed is None:
                return self._answer_path(request, user)
            resource, wanted, single = parsed
            self._check(user, wanted)
            if resource is None or self._handlers is None:
                raise no_such_path()
            target = requests.Target(resource, wanted, single)
            return await self._handlers.serve(request, target, user)
        except ApiError as error:
            return reply(error.status(), error.code)

    def _check(self, user: User, wanted: rbac.Attributes) -> None:
        if not rbac.allowed(self.store, user, wanted):
            plural = wanted.resource if not wanted.path else ""
            why = rbac.refusal(user, wanted)
            raise forbidden(plural, wanted.group, wanted.name, why)
        if self._record is not None and (user.name, wanted) not in self._recorded:
            self._recorded.add((user.name, wanted))
            with self._record.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps({"user": user.name, **asdict(wanted)}) + "\n")

    def _answer_path(self, request: web.Request, user: User) -> web.StreamResponse:
        path = request.path.rstrip("/") or "/"
        self._check(user, rbac.Attributes(verb=request.method.lower(), path=path))
        if path in _HEALTH:
            return web.Response(text="ok")
        document = discovery.answer(path)
        if document is None:
            raise no_such_path()
        return reply(document)
