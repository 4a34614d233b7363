"""A process's clock, wrong by what a file says, as that of a host which lost its time server.

The file holds seconds by name, ``{"": 90.0, "hold-writes": -30.0}``, with the empty name for all
others; without the file the clock is right. It is looked at whenever the time is asked for, so the
clock jumps when the file changes.

Covered: ``time`` and ``datetime`` as Python code has them. Not covered: monotonic clocks, which do
not jump in life either, and what C code asks of the kernel itself, as OpenSSL does for
certificates.

Standard library only: a Lambda worker loads this by its path.
"""

import datetime as dt
import json
import time
from pathlib import Path
from typing import Any

__all__ = ["VARIABLE", "install", "offset_seconds"]

VARIABLE = "LAB_CLOCK"  # names the file; taken out of the environment by who installs it

_time, _time_ns = time.time, time.time_ns
_gmtime, _localtime = time.gmtime, time.localtime
_strftime, _asctime, _ctime = time.strftime, time.asctime, time.ctime
_Date, _DateTime = dt.date, dt.datetime


def offset_seconds(file: Path, name: str) -> float:
    """Return by how much the clock is ahead for ``name``; negative: behind, 0 without the file."""
    try:
        offsets = json.loads(file.read_text())
    except FileNotFoundError:
        return 0.0
    return float(offsets.get(name, offsets.get("", 0.0)))


def install(file: Path, name: str = "") -> None:
    """Let this process's clock go by the file. To be called before the modules that are to see it.

    What asks ``isinstance`` of a date that somebody else made is answered as before.
    """

    def now() -> float:
        return _time() + offset_seconds(file, name)

    time.time = now
    time.time_ns = lambda: _time_ns() + int(offset_seconds(file, name) * 1_000_000_000)
    time.gmtime = lambda seconds=None: _gmtime(now() if seconds is None else seconds)
    time.localtime = lambda seconds=None: _localtime(now() if seconds is None else seconds)
    time.ctime = lambda seconds=None: _ctime(now() if seconds is None else seconds)
    time.asctime = lambda parts=None: _asctime(time.localtime() if parts is None else parts)
    time.strftime = lambda form, parts=None: _strftime(
        form, time.localtime() if parts is None else parts
    )
    dt.date = _date_class(_Date)  # type: ignore[misc]
    dt.datetime = _datetime_class(_DateTime)  # type: ignore[misc]


def _like(original: type) -> type:
    """Return the metaclass of a class that takes every object of ``original`` for its own."""

    class Like(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, original)

        def __subclasscheck__(cls, subclass: type) -> bool:
            return issubclass(subclass, original)

    return Like


def _date_class(original: Any) -> Any:
    def today(_cls: type) -> Any:
        return original.fromtimestamp(time.time())

    return _like(original)(
        "date", (original,), {"today": classmethod(today), "__module__": "datetime"}
    )


def _datetime_class(original: Any) -> Any:
    def now(_cls: type, tz: Any = None) -> Any:
        return original.fromtimestamp(time.time(), tz)

    def utcnow(_cls: type) -> Any:
        return original.fromtimestamp(time.time(), dt.UTC).replace(tzinfo=None)

    def today(_cls: type) -> Any:
        return original.fromtimestamp(time.time())

    own: dict[str, Any] = {"__module__": "datetime"}
    own |= {"now": classmethod(now), "utcnow": classmethod(utcnow), "today": classmethod(today)}
    return _like(original)("datetime", (original,), own)
