"""Probes: is a container started, alive, ready? By HTTP, TCP or a command.

Periods and delays are scaled with the lab's time. A container that waits for its first success is
asked more often than one that is settled, so that a scaled lab neither waits nor burns a core. But
a process takes its own time to start, which no scale shortens: failures before the first success
count once in each period of life.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiohttp

from lab.kubernetes.client import Json

_LOG = logging.getLogger(__name__)
_EAGER_FLOOR_SECONDS, _SETTLED_FLOOR_SECONDS = 0.05, 0.5

Run = Callable[[list[str], float], Awaitable[int | None]]


@dataclass(frozen=True)
class Surroundings:
    """What a probe needs to know: where the container listens, and how to run a command in it."""

    address: str
    ports: dict[str, int]
    session: aiohttp.ClientSession
    run: Run
    time_scale: float = 1.0


async def check(handler: Json, around: Surroundings, timeout_seconds: float) -> str:
    """Make one attempt; gives '' for success and the reason for a failure."""
    try:
        async with asyncio.timeout(timeout_seconds):
            if "httpGet" in handler:
                return await _http(handler["httpGet"], around)
            if "tcpSocket" in handler:
                return await _tcp(handler["tcpSocket"], around)
            code = await around.run(handler["exec"]["command"], timeout_seconds)
            return "" if code == 0 else f"the command ended with {code}"
    except TimeoutError:
        return f"no answer within {timeout_seconds} s"
    except (aiohttp.ClientError, OSError) as error:
        return str(error) or type(error).__name__


def _port(value: int | str, around: Surroundings) -> int:
    if isinstance(value, int) or value.isdigit():
        return int(value)
    return around.ports[value]


async def _http(get: Json, around: Surroundings) -> str:
    host = get.get("host") or around.address
    scheme = get.get("scheme", "HTTP").lower()
    url = f"{scheme}://{host}:{_port(get['port'], around)}{get.get('path', '/')}"
    headers = {"User-Agent": "kube-probe/lab", "Connection": "close"}
    headers |= {h["name"]: h["value"] for h in get.get("httpHeaders", [])}
    # As the kubelet does: certificates are not verified, redirects count as success.
    async with around.session.get(url, headers=headers, ssl=False, allow_redirects=False) as answer:
        if 200 <= answer.status < 400:  # noqa: PLR2004 - HTTP's success and redirects
            return ""
        text = (await answer.text(errors="replace"))[:200]
        return f"HTTP probe failed with statuscode: {answer.status}: {text}"


async def _tcp(socket: Json, around: Surroundings) -> str:
    host = socket.get("host") or around.address
    _reader, writer = await asyncio.open_connection(host, _port(socket["port"], around))
    writer.close()
    await writer.wait_closed()
    return ""


async def watch(
    probe: Json, around: Surroundings, *, healthy: bool, turned: Callable[[bool, str], None]
) -> None:
    """Probe until cancelled and tell each turn, counted by the probe's thresholds.

    `healthy` is the state before the first turn. A probe that starts healthy also tells, once,
    when it has failed as often as its threshold says.
    """
    period = probe.get("periodSeconds", 10)
    needed = {True: probe.get("successThreshold", 1), False: probe.get("failureThreshold", 3)}
    await asyncio.sleep(probe.get("initialDelaySeconds", 0) * around.time_scale)
    streak, last, proved, counted_at = 0, healthy, False, -float(period)
    while True:
        reason = await check(probe, around, float(probe.get("timeoutSeconds", 1)))
        good = not reason
        proved = proved or good
        if proved or time.monotonic() - counted_at >= period:
            streak = streak + 1 if good is last else 1
            counted_at = time.monotonic()
        last = good
        if good is not healthy and streak >= needed[good]:
            healthy = good
            turned(healthy, reason)
        if reason:
            _LOG.debug("probe of %s: %s", around.address, reason)
        floor = _SETTLED_FLOOR_SECONDS if healthy and good else _EAGER_FLOOR_SECONDS
        await asyncio.sleep(max(period * around.time_scale, floor))
