"""What the lab asks of the emulator's process beside AWS's API, under ``/_lab/``."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from lab.aws import lambda_faults, lambda_service
from lab.aws.event_bus import InvalidAlarmEventError, publish_alarm_event

__all__ = ["with_lab_endpoint"]

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

PREFIX = "/_lab/"


def with_lab_endpoint(emulator: Application) -> Application:
    """Return the emulator's ASGI application with the lab's routes in front of it."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await emulator(_as_over_tls(scope), receive, send)
            return
        body = await _body(receive)
        route = (scope["method"], scope["path"].removeprefix(PREFIX))
        status, answer = await asyncio.to_thread(_answer, route, body)
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    return application


def _as_over_tls(scope: Scope) -> Scope:
    # AWS's own endpoints speak TLS, and policies deny whoever does not. This is how the emulator
    # is told that a request came so, as from a load balancer before it; loopback is not encrypted.
    if scope["type"] != "http":
        return scope
    return {**scope, "headers": [*scope["headers"], (b"x-forwarded-proto", b"https")]}


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


def _answer(route: tuple[str, str], body: bytes) -> tuple[int, Any]:
    if route == ("POST", "alarm-events"):
        try:
            publish_alarm_event(json.loads(body))
        except (InvalidAlarmEventError, ValueError) as error:
            return 400, {"error": str(error)}
        return 200, {}
    if route == ("GET", "workers"):
        return 200, lambda_service.running()
    if route == ("POST", "workers/kill"):
        return 200, {"killed": lambda_service.kill(json.loads(body)["function"])}
    if route == ("GET", "workers/crashes"):
        return 200, lambda_faults.crashes()
    if route == ("POST", "workers/crash"):
        lambda_faults.crash_next(**json.loads(body))
        return 200, {}
    if route == ("POST", "executions/stop-after"):
        lambda_faults.stop_after(json.loads(body)["function"])
        return 200, {}
    return 404, {"error": f"{route[0]} {PREFIX}{route[1]}: no such route"}
