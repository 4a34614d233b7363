"""The data plane's control endpoint on the loopback: look at its state, switch a checker.

- ``GET /state``: see ``DnsService.state``.
- ``PUT /checkers/<region>`` with ``{"mode": "on" | "off" | "blocked"}``: 204; 404 for no such
  checker, 400 for no such mode.
- ``PUT /slowness``: see ``Slowness.set``; 204, or 400 for what it cannot be.
"""

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from lab.dns.data_plane import CheckerMode

__all__ = ["ControlEndpoint"]


class ControlEndpoint:
    """A small HTTP server over these callables; ``port`` is known once ``open`` returned."""

    def __init__(
        self,
        state: Callable[[], dict[str, Any]],
        set_mode: Callable[[str, CheckerMode], None],
        set_slowness: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self._state = state
        self._set_mode = set_mode
        self._set_slowness = set_slowness
        app = web.Application()
        app.add_routes(
            [
                web.get("/state", self._get_state),
                web.put("/checkers/{name}", self._put_checker),
                web.put("/slowness", self._put_slowness),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None)
        self.port = 0

    async def open(self) -> None:
        """Listen on a free port."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Stop listening."""
        await self._runner.cleanup()

    async def _get_state(self, _request: web.Request) -> web.Response:
        return web.json_response(self._state())

    async def _put_checker(self, request: web.Request) -> web.Response:
        name, body = request.match_info["name"], await request.json()
        try:
            self._set_mode(name, CheckerMode(body["mode"]))
        except KeyError:
            raise web.HTTPNotFound(text=f"no checker {name}") from None
        except ValueError as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        return web.Response(status=204)

    async def _put_slowness(self, request: web.Request) -> web.Response:
        try:
            self._set_slowness(await request.json())
        except (ValueError, TypeError, KeyError) as error:
            raise web.HTTPBadRequest(text=f"{type(error).__name__}: {error}") from None
        return web.Response(status=204)
