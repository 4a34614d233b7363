"""A site's load balancer: HTTPS on the site's address, passed on to the pods that are ready.

Run as ``python -m lab.sites.entry`` with an ``EntryOptions`` as JSON on the command line. Which
pods are ready it knows by watching the site's Kubernetes API, as an ingress controller does.
"""

import argparse
import asyncio
import itertools
import json
import ssl
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path

import aiohttp
from aiohttp import web

from lab.kubernetes.connection import Connection
from lab.kubernetes.endpoints import Address, PodEndpoints
from lab.processes.children import Child, ChildError, python
from lab.processes.folder import LabFolder
from lab.processes.waiting import wait_for_port
from lab.sites.certificates import Certificate
from lab.sites.illness import Complaint, is_ill, read_complaints, written

__all__ = ["Entry", "EntryOptions"]

UPSTREAM_SECONDS = 5.0
MODES = ("normal", "health-503")
_HOP_BY_HOP = {"connection", "content-length", "keep-alive", "transfer-encoding", "date", "server"}


@dataclass(frozen=True)
class EntryOptions:
    """What one load balancer process is told.

    The token and the mode are files, and so is the cluster's authority, '' where it has none. Pods
    have the label app: ``application``.
    """

    address: str
    port: int
    certificate: str
    private_key: str
    kubernetes_url: str
    kubernetes_ca: str
    namespace: str
    application: str
    token_file: str
    mode_file: str


class Entry:
    """One site's load balancer, on one address and port for its whole life."""

    def __init__(
        self,
        lab: LabFolder,
        *,
        name: str,
        address: str,
        port: int,
        certificate: Certificate,
        kubernetes: Connection,
        namespace: str = "orders",
        application: str = "orders",
    ) -> None:
        self.address, self.port = address, port
        self._lab, self._name = lab, name
        folder = lab.folder(name)
        self._mode = folder / "mode"
        self._complaints: dict[str, Complaint] = {}
        self._saying = threading.Lock()
        token = folder / "token"
        token.touch(mode=0o600)
        token.write_text(kubernetes.token)
        self._options = EntryOptions(
            address=address,
            port=port,
            certificate=str(certificate.certificate),
            private_key=str(certificate.private_key),
            kubernetes_url=kubernetes.url,
            kubernetes_ca=str(kubernetes.ca_file or ""),
            namespace=namespace,
            application=application,
            token_file=str(token),
            mode_file=str(self._mode),
        )
        self._child: Child | None = None

    @property
    def child(self) -> Child:
        """The process; raises ChildError before ``start``."""
        if self._child is None:
            raise ChildError(f"{self._name} was not started")
        return self._child

    def start(self) -> None:
        """Start it, in mode ``normal`` unless a cause has its say; returns when it listens."""
        self.set_mode("normal")
        options = json.dumps(asdict(self._options))
        self._child = self._lab.spawn(self._name, python("-m", "lab.sites.entry", options))
        wait_for_port(self.address, self.port, child=self._child)

    def set_mode(self, mode: str, cause: str = "") -> None:
        """Switch to ``normal``, or to ``health-503``: 503 to everything. Raises ValueError.

        Each ``cause`` has its own say, and the entry is ill while one of them says so.
        """
        if mode not in MODES:
            raise ValueError(f"{mode!r}: one of {', '.join(MODES)}")
        self._complain(cause, None if mode == "normal" else Complaint(time.time()))

    def flap(
        self, cause: str, *, shortest_seconds: float, longest_seconds: float, seed: int
    ) -> None:
        """Be ill and well by turns of that length, until ``set_mode("normal", cause)``."""
        self._complain(cause, Complaint(time.time(), shortest_seconds, longest_seconds, seed))

    def _complain(self, cause: str, complaint: Complaint | None) -> None:
        with self._saying:
            self._complaints.pop(cause, None)
            if complaint is not None:
                self._complaints[cause] = complaint
            fresh = self._mode.with_suffix(".new")
            fresh.write_text(written(self._complaints.values()))
            fresh.rename(self._mode)

    def kill(self) -> None:
        """Kill it: connections are refused from now on."""
        self.child.kill()

    def stop(self) -> None:
        """End it."""
        self.child.stop()


class _Balancer:
    def __init__(self, options: EntryOptions, pods: PodEndpoints) -> None:
        self._mode_file = Path(options.mode_file)
        self._pods = pods
        self._turn = itertools.count()
        self._session: aiohttp.ClientSession | None = None

    async def session(self, _app: web.Application) -> AsyncIterator[None]:
        """Keep the connections to the pods while the application runs."""
        timeout = aiohttp.ClientTimeout(total=UPSTREAM_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as session:
            self._session = session
            yield

    def _next(self, tried: set[Address]) -> Address | None:
        ready = [pod for pod in self._pods.addresses() if pod not in tried]
        return ready[next(self._turn) % len(ready)] if ready else None

    async def handle(self, request: web.Request) -> web.Response:
        """Pass one request on; a GET whose pod refuses it is tried at another."""
        if is_ill(read_complaints(self._mode_file.read_text()), time.time()):
            return _said(503, "the site answers 503 to everything")
        body = await request.read()
        tried: set[Address] = set()
        while pod := self._next(tried):
            tried.add(pod)
            try:
                return await self._pass_on(request, pod, body)
            except TimeoutError:
                return _said(504, "the pod did not answer in time")
            except aiohttp.ClientConnectorError:
                continue  # nothing was sent: another pod may have it
            except aiohttp.ClientError as error:
                if request.method != "GET":
                    return _said(502, f"the pod broke off: {error}")
        return _said(503, "no pod is ready")

    async def _pass_on(self, request: web.Request, pod: Address, body: bytes) -> web.Response:
        if self._session is None:
            raise RuntimeError("the application was not started")
        headers = {k: v for k, v in request.headers.items() if k.lower() not in _HOP_BY_HOP}
        url = f"http://{pod[0]}:{pod[1]}{request.path_qs}"
        async with self._session.request(
            request.method, url, data=body or None, headers=headers, allow_redirects=False
        ) as answer:
            kept = {k: v for k, v in answer.headers.items() if k.lower() not in _HOP_BY_HOP}
            return web.Response(status=answer.status, body=await answer.read(), headers=kept)


def _said(status: int, reason: str) -> web.Response:
    return web.json_response({"error": reason}, status=status)


async def _serve(options: EntryOptions) -> None:
    token = await asyncio.to_thread(Path(options.token_file).read_text)
    ca_file = Path(options.kubernetes_ca) if options.kubernetes_ca else None
    connection = Connection(options.kubernetes_url, token, ca_file)
    labels = {"app": options.application}
    pods = await asyncio.to_thread(PodEndpoints, connection, options.namespace, labels)
    await asyncio.to_thread(pods.addresses)
    balancer = _Balancer(options, pods)
    app = web.Application(client_max_size=65536)
    app.cleanup_ctx.append(balancer.session)
    app.router.add_route("*", "/{path:.*}", balancer.handle)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(options.certificate, options.private_key)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, options.address, options.port, ssl_context=tls).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    _parser = argparse.ArgumentParser("lab.sites.entry", description=__doc__)
    _parser.add_argument("options", type=json.loads)
    asyncio.run(_serve(EntryOptions(**_parser.parse_args().options)))
