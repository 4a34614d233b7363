"""Hands alarm events to the emulator, in order, until each is taken."""

import asyncio
import json
import urllib.error
import urllib.request
from typing import Any

from lab.dns.journal import Journal

__all__ = ["Delivery"]

_FIRST_DELAY_SECONDS = 0.1
_LONGEST_DELAY_SECONDS = 2.0
_TIMEOUT_SECONDS = 10.0
# A proxy of the environment has no part between two processes of one machine.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Delivery:
    """POSTs events to ``url``, one after the other; retries, as CloudWatch guarantees delivery."""

    def __init__(self, url: str, journal: Journal) -> None:
        self._url = url
        self._journal = journal
        self._queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def emit(self, event: dict[str, Any]) -> None:
        """Take one event; it is sent by ``run``."""
        self._queue.put_nowait(event)

    async def run(self) -> None:
        """Send events until cancelled."""
        while True:
            await self._deliver(await self._queue.get())

    async def _deliver(self, event: dict[str, Any]) -> None:
        delay_seconds, attempt = _FIRST_DELAY_SECONDS, 1
        while True:
            try:
                await asyncio.to_thread(self._post, event)
            except (OSError, urllib.error.URLError) as error:
                if attempt == 1:
                    self._journal.write(
                        "alarm-event", event_id=event["id"], delivered=False, error=str(error)
                    )
                await asyncio.sleep(delay_seconds)
                delay_seconds = min(2 * delay_seconds, _LONGEST_DELAY_SECONDS)
                attempt += 1
            else:
                self._journal.write(
                    "alarm-event", event_id=event["id"], delivered=True, attempts=attempt
                )
                return

    def _post(self, event: dict[str, Any]) -> None:
        request = urllib.request.Request(  # noqa: S310 - the lab's own http URL
            self._url,
            data=json.dumps(event).encode(),
            headers={"Content-Type": "application/json"},
            method="POST",
        )
        with _OPENER.open(request, timeout=_TIMEOUT_SECONDS):
            pass
