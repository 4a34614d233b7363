"""What the lab asks of the emulator's process beside AWS's API, under ``/_lab/``."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from lab.aws import access_record, lambda_faults, lambda_service, outage
from lab.aws.event_bus import InvalidAlarmEventError, publish_alarm_event

__all__ = ["with_lab_endpoint"]

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

PREFIX = "/_lab/"
_UNAVAILABLE = 503


def with_lab_endpoint(emulator: Application) -> Application:
    """Return the emulator's ASGI application with the lab's routes in front of it."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await emulator(scope, receive, send)
        elif scope["path"].startswith(PREFIX):
            body = await _body(receive)
            route = (scope["method"], scope["path"].removeprefix(PREFIX))
            status, answer = await asyncio.to_thread(_answer, route, body)
            kind = {"content-type": "application/json"}
            await _send(send, status, kind, json.dumps(answer).encode())
        elif outage.refuses(scope["headers"]):
            await _body(receive)
            refusal = outage.refusal(scope["method"], scope["path"], scope["headers"])
            await _send(send, _UNAVAILABLE, *refusal)
        else:
            outage.answered(scope["method"], scope["path"], scope["headers"])
            await emulator(_as_over_tls(scope), receive, send)

    return application


async def _send(send: Send, status: int, headers: Mapping[str, str], body: bytes) -> None:
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})


def _as_over_tls(scope: Scope) -> Scope:
    # AWS's own endpoints speak TLS, and policies deny whoever does not. This is how the emulator
    # is told that a request came so, as from a load balancer before it; loopback is not encrypted.
    return {**scope, "headers": [*scope["headers"], (b"x-forwarded-proto", b"https")]}


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


def _answer(route: tuple[str, str], body: bytes) -> tuple[int, Any]:
    if route in _LOOKS:
        return 200, _LOOKS[route]()
    if route not in _ACTS:
        return 404, {"error": f"{route[0]} {PREFIX}{route[1]}: no such route"}
    try:
        return 200, _ACTS[route](json.loads(body)) or {}
    except (InvalidAlarmEventError, KeyError, TypeError, ValueError) as error:
        return 400, {"error": str(error)}


_LOOKS: Mapping[tuple[str, str], Callable[[], Any]] = {
    ("GET", "workers"): lambda_service.running,
    ("GET", "workers/crashes"): lambda_faults.crashes,
    ("GET", "outage"): outage.denied,
    ("GET", "access"): access_record.asked,
    ("GET", "outage/calls"): outage.calls,
}
_ACTS: Mapping[tuple[str, str], Callable[[Any], Any]] = {
    ("POST", "alarm-events"): publish_alarm_event,
    ("POST", "workers/kill"): lambda told: {"killed": lambda_service.kill(told["function"])},
    ("POST", "workers/crash"): lambda told: lambda_faults.crash_next(**told),
    ("POST", "workers/repeat"): lambda told: lambda_faults.repeat(**told),
    ("POST", "workers/spare"): lambda told: lambda_faults.spare(**told),
    ("POST", "executions/stop-after"): lambda told: lambda_faults.stop_after(**told),
    ("POST", "outage/begin"): lambda _told: outage.begin(),
    ("POST", "outage/end"): lambda _told: outage.end(),
}
