"""The node's own HTTP door: containers' logs, at the path where an API server asks for them."""

import ssl
from http import HTTPStatus
from pathlib import Path

from aiohttp import web

from lab.kubernetes.node.containers import Container
from lab.kubernetes.node.logs import LogOptions, read
from lab.kubernetes.node.pod_worker import PodWorker

Workers = dict[tuple[str, str], PodWorker]


class LogServer:
    """Serves `/containerLogs/<namespace>/<pod>/<container>` on loopback."""

    def __init__(self, workers: Workers, tls: tuple[Path, Path] | None = None) -> None:
        self._workers = workers
        self._tls = tls
        application = web.Application()
        path = "/containerLogs/{namespace}/{pod}/{container}"
        application.router.add_get(path, self._answer)
        self._runner = web.AppRunner(
            application, access_log=None, handler_cancellation=True, shutdown_timeout=0.1
        )

    async def start(self, address: str) -> int:
        """Serve; gives the port."""
        context = None
        if self._tls is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(*self._tls)
        await self._runner.setup()
        await web.TCPSite(self._runner, address, 0, ssl_context=context).start()
        return int(self._runner.addresses[0][1])

    async def close(self) -> None:
        """Stop serving."""
        await self._runner.cleanup()

    def _container(self, request: web.Request) -> Container | None:
        found = request.match_info
        worker = self._workers.get((found["namespace"], found["pod"]))
        every = (*worker.init, *worker.main) if worker else ()
        return next((c for c in every if c.spec["name"] == found["container"]), None)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        container, name = self._container(request), request.match_info["container"]
        if container is None:
            raise web.HTTPNotFound(text=f'container "{name}" is not on this node')
        logs = container.logs
        pod = request.match_info["pod"]
        if request.query.get("previous") in ("true", "1"):
            if len(logs) < 2:  # noqa: PLR2004 - this start and the one before
                text = f'previous terminated container "{name}" in pod "{pod}" not found'
                raise web.HTTPBadRequest(text=text)
            return web.Response(body=read(logs[-2].path, _options(request)))
        if not logs:
            reason = container.state.state.get("waiting", {}).get("reason", "PodInitializing")
            text = f'container "{name}" in pod "{pod}" is waiting to start: {reason}'
            raise web.HTTPBadRequest(text=text)
        if request.query.get("follow") not in ("true", "1"):
            return web.Response(body=read(logs[-1].path, _options(request)))
        response = web.StreamResponse(status=HTTPStatus.OK)
        await response.prepare(request)
        async for part in logs[-1].follow(_options(request)):
            await response.write(part)
        return response


def _options(request: web.Request) -> LogOptions:
    def number(name: str) -> int | None:
        return int(request.query[name]) if name in request.query else None

    return LogOptions(
        tail_lines=number("tailLines"),
        limit_bytes=number("limitBytes"),
        since_seconds=number("sinceSeconds"),
        timestamps=request.query.get("timestamps") in ("true", "1"),
    )
