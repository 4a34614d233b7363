"""Serve a Function App as the Functions host does: `python -m lab.azure.host --folder FOLDER ...`.

The app is served by its own metadata (``lab.azure.routes``), over HTTPS, with its handlers in
threads, and its timers are wound (``lab.azure.timers``). What the platform sets for an app is set
here too: the managed identity's endpoint. Secrets come in the environment, never on the command
line, and leave it before the app is loaded.
"""

import argparse
import asyncio
import logging
import os
import signal
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import azure.functions as func
from aiohttp import web

from lab.azure.ailments import Ailments, Symptom
from lab.azure.identity import PATH, Identity
from lab.azure.routes import Keys, Match, Route, find, load_functions, routes_among
from lab.azure.timers import timers_among, wind
from lab.processes import wrong_clock

logger = logging.getLogger(__name__)

SECRETS = ("LAB_FUNCTION_KEY", "LAB_MASTER_KEY", "LAB_IDENTITY_HEADER")
# Microsoft Learn, "Function app time-out duration": the load balancer in front of the host waits no
# longer for an HTTP function, whatever functionTimeout says, and the client gets 502.
ANSWER_SECONDS = 230.0


@dataclass
class Host:
    """Answers requests for one app."""

    routes: list[Route]
    keys: Keys
    answer_seconds: float = ANSWER_SECONDS
    ailments: Ailments | None = None
    _threads: ThreadPoolExecutor = field(default_factory=ThreadPoolExecutor)

    def application(self) -> web.Application:
        """Return the aiohttp application to serve."""
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._answer)
        return application

    async def _answer(self, request: web.Request) -> web.Response:
        symptom = Symptom()
        if self.ailments is not None:
            symptom = self.ailments.next(request.method, request.path)
        await asyncio.sleep(symptom.before_seconds)
        answer = await self._own(request) if symptom.works else web.Response(status=503)
        await asyncio.sleep(symptom.after_seconds)
        if symptom.answer_lost and request.transport is not None:
            request.transport.abort()
        if symptom.routes_further:
            return await self._further(request, symptom.routes_further)
        if symptom.status:
            text, kind = symptom.body, symptom.kind
            return web.Response(status=symptom.status, text=text, content_type=kind)
        return answer

    async def _further(self, request: web.Request, steps: int) -> web.Response:
        """Answer with 200 what another route says, of those that are read without a body."""
        others = [
            route
            for route in self.routes
            if route.methods == {"GET"} and not route.pattern.fullmatch(request.path)
        ]
        other = others[steps % len(others)]
        answer = await self._run(Match(other, {}), request, b"")
        return web.Response(body=answer.body, status=200, content_type=answer.content_type)

    async def _own(self, request: web.Request) -> web.Response:
        match = find(self.routes, request.method, request.path)
        if match is None:
            return web.Response(status=404)
        shown = request.headers.get("x-functions-key") or request.query.get("code", "")
        if not self.keys.open(match.route.level, shown):
            return web.Response(status=401)
        body = await request.read()
        try:
            return await asyncio.wait_for(self._run(match, request, body), self.answer_seconds)
        except TimeoutError:
            logger.exception("%s: no answer in %s s", match.route.name, self.answer_seconds)
            return web.Response(status=502)
        except Exception:  # the host tells its log, and the caller nothing
            logger.exception("%s failed", match.route.name)
            return web.Response(status=500)

    async def _run(self, match: Match, request: web.Request, body: bytes) -> web.Response:
        # As App Service's front end does: the address that it saw comes last.
        seen = [request.headers.get("X-Forwarded-For"), f"{request.remote}:{_port(request)}"]
        forwarded = ", ".join(filter(None, seen))
        given = func.HttpRequest(
            request.method,
            str(request.url),
            headers={**request.headers, "X-Forwarded-For": forwarded},
            params=dict(request.query),
            route_params=dict(match.parameters),
            body=body,
        )

        def call() -> object:
            return match.route.handler(**{match.route.argument: given})

        answered = await asyncio.get_running_loop().run_in_executor(self._threads, call)
        if not isinstance(answered, func.HttpResponse):
            raise TypeError(f"{match.route.name} gave {type(answered).__name__}, no HttpResponse")
        headers = {"Content-Type": f"{answered.mimetype}; charset={answered.charset}"}
        headers.update(answered.headers.items())
        return web.Response(body=answered.get_body(), status=answered.status_code, headers=headers)


def _port(request: web.Request) -> int:
    peer = request.transport.get_extra_info("peername") if request.transport else None
    return int(peer[1]) if peer else 0


async def serve(arguments: argparse.Namespace, secrets: dict[str, str]) -> None:
    """Serve until SIGTERM or SIGINT. The app is loaded before its port opens."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    identity = Identity(secrets["LAB_IDENTITY_HEADER"], arguments.token_file)
    identity_runner = web.AppRunner(identity.application(), access_log=None)
    await identity_runner.setup()
    await web.TCPSite(identity_runner, "127.0.0.1", 0).start()
    os.environ["IDENTITY_ENDPOINT"] = f"http://127.0.0.1:{identity_runner.addresses[0][1]}{PATH}"
    os.environ["IDENTITY_HEADER"] = secrets["LAB_IDENTITY_HEADER"]
    keys = Keys(secrets["LAB_FUNCTION_KEY"], secrets["LAB_MASTER_KEY"])
    functions, prefix = load_functions(arguments.folder)
    host = Host(routes_among(functions, prefix), keys, ailments=Ailments(arguments.ailment_file))
    runner = web.AppRunner(
        host.application(),
        access_log=None,
        shutdown_timeout=0.1,
    )
    await runner.setup()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(arguments.certificate, arguments.private_key)
    await web.TCPSite(runner, arguments.address, arguments.port, ssl_context=context).start()
    threads = ThreadPoolExecutor(thread_name_prefix="timer")
    wound = [asyncio.create_task(wind(one, threads)) for one in timers_among(functions)]
    try:
        await stop.wait()
    finally:
        for one in wound:
            one.cancel()
        threads.shutdown(wait=False, cancel_futures=True)
        await runner.cleanup()
        await identity_runner.cleanup()


def main() -> None:
    """Read the command line and the secrets, and serve."""
    parser = argparse.ArgumentParser(prog="lab.azure.host", description=__doc__)
    parser.add_argument("--folder", required=True, type=Path, help="the app as it is deployed")
    parser.add_argument("--address", required=True)
    parser.add_argument("--port", required=True, type=int)
    parser.add_argument("--certificate", required=True, type=Path)
    parser.add_argument("--private-key", required=True, type=Path)
    parser.add_argument("--token-file", required=True, type=Path, help="of the app's identity")
    parser.add_argument("--ailment-file", required=True, type=Path, help="what is wrong with it")
    arguments = parser.parse_args()
    secrets = {name: os.environ.pop(name) for name in SECRETS}
    if clock := os.environ.pop(wrong_clock.VARIABLE, ""):
        wrong_clock.install(Path(clock))
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("azure").setLevel(logging.WARNING)
    asyncio.run(serve(arguments, secrets))


if __name__ == "__main__":
    main()
