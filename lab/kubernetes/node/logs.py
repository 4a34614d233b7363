"""Containers' logs: one file per start of a container, each line with its time.

A log goes with its pod. A second name of the same file is kept beyond it, as a node's log shipper
keeps a copy: what a database said before its pod was replaced is evidence.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

_KEPT = "logs"


def kept_folder(node: Path, pod: Mapping[str, str]) -> Path:
    """Return where the node in that folder keeps the logs of the pod with that metadata."""
    return node / _KEPT / f"{pod['namespace']}_{pod['name']}_{pod['uid']}"


def kept_logs(node: Path, namespace: str, pod: str, container: str) -> list[Path]:
    """Return the kept logs of each start of that container, of all pods of that name."""
    return sorted(node.glob(f"{_KEPT}/{namespace}_{pod}_*/{container}/*.log"))


def keep(log: Path, folder: Path) -> None:
    """Keep the log in that folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):  # a node that was killed had begun it
        os.link(log, folder / log.name)


def _moment() -> bytes:
    return datetime.now(tz=UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ ").encode()


@dataclass(frozen=True)
class LogOptions:
    """Which part of a log is wanted, as the API's log request says it."""

    tail_lines: int | None = None
    limit_bytes: int | None = None
    since_seconds: int | None = None
    timestamps: bool = False


class ContainerLog:
    """The log of one start of a container."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._partial = b""
        self._more = asyncio.Event()
        self.closed = False
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab", buffering=0)

    def write(self, data: bytes) -> None:
        """Add output, whole lines at once."""
        *lines, self._partial = (self._partial + data).split(b"\n")
        moment = _moment()
        self._file.write(b"".join(moment + line + b"\n" for line in lines))
        self._wake()

    def close(self) -> None:
        """End the log, with a last line that lacks its end."""
        if self._partial:
            self._file.write(_moment() + self._partial)
        self._file.close()
        self.closed = True
        self._wake()

    def _wake(self) -> None:
        self._more.set()
        self._more = asyncio.Event()

    async def follow(self, options: LogOptions) -> AsyncIterator[bytes]:
        """Give what is there and then what comes, until the container ends."""
        position = self.path.stat().st_size
        yield read(self.path, options)
        while not self.closed:
            more = self._more
            size = self.path.stat().st_size
            if size == position:
                await more.wait()
                continue
            with self.path.open("rb") as file:
                file.seek(position)
                text = file.read(size - position)
            position = size
            yield b"".join(_shown(text.splitlines(keepends=True), options))


def read(path: Path, options: LogOptions) -> bytes:
    """Give the wanted part of a log; b'' for one that doesn't exist."""
    if not path.exists():
        return b""
    lines = path.read_bytes().splitlines(keepends=True)
    if options.since_seconds is not None:
        start = datetime.now(tz=UTC) - timedelta(seconds=options.since_seconds)
        first = start.strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()
        lines = [line for line in lines if line >= first]
    if options.tail_lines is not None:
        lines = (
            lines[len(lines) - options.tail_lines :] if options.tail_lines < len(lines) else lines
        )
    return b"".join(_shown(lines, options))[: options.limit_bytes]


def _shown(lines: list[bytes], options: LogOptions) -> Iterator[bytes]:
    for line in lines:
        yield line if options.timestamps else line.partition(b" ")[2]
