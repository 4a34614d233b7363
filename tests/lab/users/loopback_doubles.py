"""A name server and order services on loopback that do as a test tells them."""

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
from aiohttp import web

NAME = "orders.shop.test"


class Loop:
    """An event loop in a thread, so that doubles serve while a test waits."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Awaitable[Any]) -> Any:
        async def awaited() -> Any:
            return await work

        return asyncio.run_coroutine_threadsafe(awaited(), self.loop).result(20)

    def close(self) -> None:
        async def settle() -> None:
            mine = asyncio.current_task()
            others = [task for task in asyncio.all_tasks() if task is not mine]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        self.run(settle())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(20)
        self.loop.close()


class NameServer(asyncio.DatagramProtocol):
    """Answers every question with ``address`` and ``ttl``; says nothing when ``silent``."""

    def __init__(self) -> None:
        self.address: str | None = "127.0.0.1"
        self.ttl = 60
        self.silent = False
        self.rcode = dns.rcode.NOERROR
        self.truncated = False
        self.questions = 0
        self.where = ("127.0.0.1", 0)

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.where = transport.get_extra_info("sockname")

    def reply(self, data: bytes, *, truncated: bool) -> bytes:
        query = dns.message.from_wire(data)
        answer = dns.message.make_response(query)
        answer.set_rcode(self.rcode)
        if truncated:
            answer.flags |= dns.flags.TC
        elif self.address is not None and self.rcode == dns.rcode.NOERROR:
            name = query.question[0].name
            answer.answer.append(dns.rrset.from_text(name, self.ttl, "IN", "A", self.address))
        return answer.to_wire()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.questions += 1
        if not self.silent:
            self.transport.sendto(self.reply(data, truncated=self.truncated), addr)

    async def over_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        data = await reader.readexactly(int.from_bytes(await reader.readexactly(2)))
        answer = self.reply(data, truncated=False)
        writer.write(len(answer).to_bytes(2) + answer)
        await writer.drain()
        writer.close()


class Site:
    """An order service at one address that keeps its orders in a dict."""

    def __init__(self, site: str, epoch: int) -> None:
        self.site = site
        self.epoch = epoch
        self.orders: dict[str, int] = {}
        self.peers: set[tuple[str, int]] = set()
        self.behave: Callable[[web.Request], Awaitable[web.StreamResponse | None]] | None = None
        self.received = threading.Event()
        self.hosts: set[str] = set()
        self.runner: web.AppRunner | None = None

    async def post(self, request: web.Request) -> web.StreamResponse:
        self.hosts.add(request.headers["Host"])
        self.peers.add(request.transport.get_extra_info("peername"))
        self.received.set()
        special = await self.behave(request) if self.behave else None
        if special is not None:
            return special
        order = await request.json()
        number = self.orders.setdefault(order["id"], len(self.orders) + 1)
        row = {"id": order["id"], "number": number, "site": self.site, "epoch": self.epoch}
        return web.json_response(row, status=201)

    async def get(self, request: web.Request) -> web.StreamResponse:
        special = await self.behave(request) if self.behave else None
        if special is not None:
            return special
        there = request.match_info["id"] in self.orders
        return web.json_response({}, status=200 if there else 404)

    async def start(self, address: str, port: int, tls: ssl.SSLContext) -> int:
        app = web.Application()
        app.router.add_post("/orders", self.post)
        app.router.add_get("/orders/{id}", self.get)
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self.runner.setup()
        server = web.TCPSite(self.runner, address, port, ssl_context=tls)
        await server.start()
        return int(self.runner.addresses[0][1])

    async def stop(self) -> None:
        if self.runner is not None:
            await self.runner.cleanup()
            self.runner = None
