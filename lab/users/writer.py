"""The ledger as the client writes it: append-only JSON lines, each a single unbuffered write.

One line per event, with ``t`` in epoch seconds:

- ``start`` / ``stop``: the client's options / its end, orderly.
- ``attempt``: ``id``, ``user``; written before anything of the write is sent.
- ``acknowledged``: ``id``, ``site``, ``epoch``, ``number``, ``address``, ``sent``.
- ``failed``: ``id``, ``reason``, ``address`` (null before DNS answered), ``sent`` (null where it
  never had a connection, so that nothing can have been written). Otherwise the outcome is unknown.
- ``dns``: ``address`` and ``ttl`` of an answer, or ``error``.
- ``shed``: an arrival whose user already had as many writes open as it may; not attempted.

``sent`` is when the write had its connection. The kernel holds each line as soon as it is written,
so neither a crash of this process nor of a reader loses one; a crash of the machine may.
"""

import json
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

__all__ = ["LedgerWriter"]


class LedgerWriter:
    """Appends events to ``path``; a context manager."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        # A wall clock that never steps back: the order of lines is what the verdict stands on.
        self._offset = time.time() - time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        os.close(self._file)

    def now(self) -> float:
        """Return the ledger's time in epoch seconds."""
        return self._offset + time.monotonic()

    def write(self, event: str, **fields: object) -> None:
        """Append one event with its time."""
        line = json.dumps({"t": round(self.now(), 6), "event": event, **fields})
        data = line.encode() + b"\n"
        if os.write(self._file, data) != len(data):
            raise OSError(f"the ledger took only part of a line: {line}")
