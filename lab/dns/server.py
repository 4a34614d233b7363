"""Route 53's data plane as one process: name server, health checkers, alarm, control endpoint.

Run as ``python -m lab.dns.server --api URL --zone-id ID --folder FOLDER``. It prints one line of
JSON when it serves, ``{"pid", "port", "control_port", "journal"}``, and writes the same to
``dns.json`` in its folder. What it read from the API last is what it goes on with while the API is
away, as Route 53 does.
"""

import asyncio
import contextlib
import json
import os
import signal
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lab.dns import wire
from lab.dns.alarm import Alarms
from lab.dns.checkers import REGIONS, Checkers, Network
from lab.dns.clients import Holdings, client_for, read_holdings
from lab.dns.control import ControlEndpoint
from lab.dns.data_plane import CheckerMode, DataPlane
from lab.dns.delivery import Delivery
from lab.dns.journal import Journal
from lab.dns.lifeline import hold_on_to_parent
from lab.dns.settings import Settings
from lab.dns.slowness import Slowness
from lab.dns.sockets import NameServerSockets
from lab.dns.zone import UnsupportedByLabError

__all__ = ["JOURNAL_NAME", "DataPlaneProcess", "main"]

JOURNAL_NAME = "dns.journal.jsonl"
_READY_NAME = "dns.json"


class DataPlaneProcess:
    """Everything of one process, put together; ``run`` serves until ``stop`` is set."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._route53 = client_for("route53", settings.api)
        self._journal = Journal(settings.folder / JOURNAL_NAME)
        self._delivery = Delivery(settings.alarm_events, self._journal)
        self._control_plane_error: str | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Read the API, serve, and put everything away again; raises what ended a part of it."""
        settings = self._settings
        holdings = await asyncio.to_thread(read_holdings, self._route53, settings.zone_id)
        self._journal.write("started", zone=holdings.zone.name, time_scale=settings.time_scale)
        self._plane = DataPlane(
            holdings, settings.regions or REGIONS, self._journal, settings.labels or {}
        )
        network = Network(settings.hosts or {}, settings.ports or {})
        self._checkers = Checkers(self._plane, network, settings.time_scale)
        self._alarms = self._make_alarms()
        slowness = Slowness()
        sockets = NameServerSockets(self._answer, slowness.waits)
        control = ControlEndpoint(self._state, self._set_mode, slowness.set)
        await sockets.open(settings.port)
        await control.open()
        self._checkers.reconcile()
        self._say_ready(sockets.port, control.port)
        try:
            await self._serve(stop)
        finally:
            sockets.close()
            await control.close()
            await self._checkers.stop()
            self._journal.close()

    async def _serve(self, stop: asyncio.Event) -> None:
        """Run until ``stop``; a part that fails ends the process with its error."""
        parts: list[asyncio.Future[Any]] = [asyncio.create_task(self._follow_api())]
        parts.append(self._checkers.failure)
        if self._alarms is not None:
            parts.append(asyncio.create_task(self._alarms.run(1.0)))
        if self._settings.alarm_events:
            parts.append(asyncio.create_task(self._delivery.run()))
        parts.append(asyncio.create_task(stop.wait()))
        done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        for part in parts:
            part.cancel()
        for part in done:
            part.result()

    def _make_alarms(self) -> Alarms | None:
        settings = self._settings
        if not settings.cloudwatch:
            return None
        client = client_for(
            "cloudwatch", settings.cloudwatch, settings.alarm_region, settings.alarm_account
        )
        emit = self._delivery.emit if settings.alarm_events else _nobody_listens
        return Alarms(
            plane=self._plane,
            client=client,
            emit=emit,
            journal=self._journal,
            time_scale=settings.time_scale,
            check_ids=settings.check_ids or {},
        )

    def _answer(self, query: bytes, limit: int) -> bytes | None:
        return wire.respond(query, self._plane.zone, self._plane.healthy, limit=limit)

    def _state(self) -> dict[str, Any]:
        return {
            **self._plane.snapshot(),
            "alarms": self._alarms.snapshot() if self._alarms is not None else {},
            "control_plane_error": self._control_plane_error,
        }

    def _set_mode(self, checker: str, mode: CheckerMode) -> None:
        self._plane.set_mode(checker, mode)
        self._checkers.reconcile()

    async def _follow_api(self) -> None:
        """Pick up changed records and checks until cancelled."""
        while True:
            await asyncio.sleep(self._settings.poll_seconds)
            try:
                holdings = await asyncio.to_thread(
                    read_holdings, self._route53, self._settings.zone_id
                )
            except (BotoCoreError, ClientError, UnsupportedByLabError) as error:
                self._control_plane(f"{type(error).__name__}: {error}")
                continue
            self._control_plane(None)
            self._adopt(holdings)

    def _adopt(self, holdings: Holdings) -> None:
        self._plane.configure(holdings)
        self._checkers.reconcile()

    def _control_plane(self, error: str | None) -> None:
        if (error is None) != (self._control_plane_error is None):
            self._journal.write("control-plane", usable=error is None, error=error)
        self._control_plane_error = error

    def _say_ready(self, port: int, control_port: int) -> None:
        ready = json.dumps(
            {
                "pid": os.getpid(),
                "port": port,
                "control_port": control_port,
                "journal": str(self._settings.folder / JOURNAL_NAME),
            }
        )
        draft = self._settings.folder / f".{_READY_NAME}"
        draft.write_text(ready + "\n")
        draft.rename(self._settings.folder / _READY_NAME)
        print(ready, flush=True)  # noqa: T201 - the protocol with the parent


def _nobody_listens(_event: dict[str, Any]) -> None:
    """Stand in for the delivery where no URL was given; the journal still has the change."""


async def _run(settings: Settings) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)

    def released() -> None:
        # The loop may be closing already; then there is nothing left to stop.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(stop.set)

    hold_on_to_parent(released)
    await DataPlaneProcess(settings).run(stop)


def main() -> None:
    """Serve until the parent lets go or a SIGTERM comes."""
    asyncio.run(_run(Settings.parse()))


if __name__ == "__main__":
    main()
