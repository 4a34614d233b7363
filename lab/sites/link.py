"""A link between the sites: a TCP proxy that can be held, cut and healed.

Run as ``python -m lab.sites.link --target HOST:PORT --port N --state FILE``. ``FILE`` holds one
word, looked at before every chunk is passed on: ``open``; ``held``: bytes stop and connections
stay; ``cut``: connections are closed and new ones refused service.
"""

import argparse
import asyncio
import contextlib
from pathlib import Path

from lab.processes.children import Child, python
from lab.processes.folder import LabFolder
from lab.processes.ports import free_ports
from lab.processes.waiting import wait_for_port

__all__ = ["Link"]

CHUNK_BYTES = 65536
LOOK_SECONDS = 0.02


class Link:
    """One link of a lab, in a process of its own."""

    def __init__(
        self, lab: LabFolder, *, target_host: str, target_port: int, name: str = "link"
    ) -> None:
        self.host, (self.port,) = "127.0.0.1", free_ports(1)
        self._lab, self._name = lab, name
        self._target = f"{target_host}:{target_port}"
        self._state = lab.folder(name) / "state"
        self._child: Child | None = None

    def start(self) -> None:
        """Start it, open; returns when it listens."""
        self._set("open")
        arguments = ("--target", self._target, "--port", str(self.port), "--state", self._state)
        self._child = self._lab.spawn(self._name, python("-m", "lab.sites.link", *arguments))
        wait_for_port(self.host, self.port, child=self._child)

    def hold(self) -> None:
        """Pass nothing on any more; connections stay open."""
        self._set("held")

    def cut(self) -> None:
        """Close every connection and take no new one."""
        self._set("cut")

    def heal(self) -> None:
        """Pass everything on again, what was held included."""
        self._set("open")

    def _set(self, word: str) -> None:
        # Renamed into place: the proxy never reads half a word.
        fresh = self._state.with_suffix(".new")
        fresh.write_text(word)
        fresh.rename(self._state)


class _Proxy:
    def __init__(self, target: str, state: Path) -> None:
        self._host, _, port = target.rpartition(":")
        self._port = int(port)
        self._state = state

    def _word(self) -> str:
        return self._state.read_text()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection until either side ends it or the link is cut."""
        if self._word() == "cut":
            writer.transport.abort()
            return
        try:
            other_reader, other_writer = await asyncio.open_connection(self._host, self._port)
        except OSError:
            writer.transport.abort()
            return
        ways = [
            asyncio.create_task(self._pass_on(reader, other_writer)),
            asyncio.create_task(self._pass_on(other_reader, writer)),
            asyncio.create_task(self._until_cut()),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        for end in (writer, other_writer):
            end.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(CHUNK_BYTES):
                while self._word() == "held":  # noqa: ASYNC110 - the word is a file, which has no event
                    await asyncio.sleep(LOOK_SECONDS)
                writer.write(chunk)
                await writer.drain()

    async def _until_cut(self) -> None:
        while self._word() != "cut":  # noqa: ASYNC110 - the word is a file, which has no event
            await asyncio.sleep(LOOK_SECONDS)


async def _main() -> None:
    parser = argparse.ArgumentParser("lab.sites.link", description=__doc__)
    parser.add_argument("--target", required=True)
    parser.add_argument("--port", required=True, type=int)
    parser.add_argument("--state", required=True, type=Path)
    given = parser.parse_args()
    proxy = _Proxy(given.target, given.state)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", given.port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main())
