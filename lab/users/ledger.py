"""Reading the client's ledger back: lines to events, events to the history of each write.

What a line holds is written in ``lab.users.writer``. A last line without its end is one that the
client was writing when it was killed: it is left for the next look. Any other line that is not an
event is an error, because a verdict on half a ledger would be a guess.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

__all__ = ["History", "LedgerError", "LedgerTail", "Lookup", "Write", "history_of", "read_history"]


class LedgerError(Exception):
    """The ledger is not one that the client can have written."""


@dataclass(frozen=True)
class Write:
    """One order's story; all times are epoch seconds.

    ``ended`` is None while the client has no answer, or for good where it was killed. ``site``,
    ``epoch`` and ``number`` are there when it was acknowledged, ``reason`` when it failed.
    """

    id: str
    started: float
    sent: float | None = None
    ended: float | None = None
    site: str | None = None
    epoch: int | None = None
    number: int | None = None
    reason: str | None = None
    address: str | None = None

    @property
    def acknowledged(self) -> bool:
        """Whether the client was told that its order is safe."""
        return self.site is not None


@dataclass(frozen=True)
class Lookup:
    """One answer of DNS as the client got it: an address, or the error that it got instead."""

    at: float
    address: str | None
    ttl_seconds: int | None = None
    error: str | None = None


@dataclass(frozen=True)
class History:
    """Everything in a ledger: writes in the order of their attempts, lookups, arrivals shed."""

    writes: tuple[Write, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    shed: tuple[float, ...] = field(default=())

    def between(self, start: float, end: float) -> "History":
        """Return the part whose attempts, lookups and sheds lie in [start, end)."""
        return History(
            tuple(write for write in self.writes if start <= write.started < end),
            tuple(lookup for lookup in self.lookups if start <= lookup.at < end),
            tuple(at for at in self.shed if start <= at < end),
        )


def _ended(write: Write, event: dict[str, Any]) -> Write:
    if write.ended is not None:
        raise LedgerError(f"write {write.id} ends twice")
    ended = replace(write, ended=event["t"], sent=event.get("sent"), address=event.get("address"))
    if event["event"] == "failed":
        return replace(ended, reason=str(event["reason"]))
    site, epoch, number = str(event["site"]), int(event["epoch"]), int(event["number"])
    return replace(ended, site=site, epoch=epoch, number=number)


def history_of(events: Iterable[dict[str, Any]]) -> History:
    """Return the history that the events tell; raises LedgerError."""
    writes: dict[str, Write] = {}
    lookups: list[Lookup] = []
    shed: list[float] = []
    for event in events:
        try:
            match event["event"]:
                case "attempt" if event["id"] in writes:
                    raise LedgerError(f"write {event['id']} is attempted twice")
                case "attempt":
                    writes[event["id"]] = Write(event["id"], float(event["t"]))
                case "acknowledged" | "failed":
                    writes[event["id"]] = _ended(writes[event["id"]], event)
                case "dns":
                    lookups.append(_lookup(event))
                case "shed":
                    shed.append(float(event["t"]))
                case "start" | "stop":
                    pass
                case other:
                    raise LedgerError(f"{other!r} is not an event")
        except (KeyError, TypeError, ValueError) as error:
            raise LedgerError(f"{event}: {type(error).__name__} {error}") from error
    return History(tuple(writes.values()), tuple(lookups), tuple(shed))


def _lookup(event: dict[str, Any]) -> Lookup:
    return Lookup(float(event["t"]), event.get("address"), event.get("ttl"), event.get("error"))


class LedgerTail:
    """Reads a ledger as it grows; for whoever shows a drill while it runs."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def read(self) -> list[dict[str, Any]]:
        """Return the events added since the last call; raises LedgerError."""
        with self._path.open("rb") as file:
            file.seek(self._offset)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        events = [_event(line) for line in whole.splitlines()]
        self._offset += len(whole)
        return events


def _event(line: bytes) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except ValueError as error:
        raise LedgerError(f"not a line of a ledger: {line[:80]!r}") from error
    if not isinstance(event, dict):
        raise LedgerError(f"not a line of a ledger: {line[:80]!r}")
    return event


def read_history(path: Path) -> History:
    """Return the whole ledger's history; raises LedgerError, or OSError where it is not there."""
    return history_of(LedgerTail(path).read())
