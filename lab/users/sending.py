"""Sending one order, and naming how it ended."""

import asyncio
import errno
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from lab.users.connection import Pool, ProtocolError

__all__ = ["Acknowledgement", "WriteFailedError", "post_order", "reason_of"]

_REASONS = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.EPIPE: "reset",
    errno.ECONNABORTED: "reset",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
}


class WriteFailedError(Exception):
    """The write was not acknowledged; ``reason`` is its class."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Acknowledgement:
    """What the service said of a write that it committed."""

    site: str
    epoch: int
    number: int


def reason_of(error: Exception) -> str:
    """Return the class of a failure below HTTP: refused, reset, timeout, unreachable, tls, ..."""
    match error:
        case TimeoutError():
            return "timeout"
        case asyncio.IncompleteReadError() | ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return "reset"
        case ssl.SSLError():
            return "tls"
        case OSError():
            lost = "reset" if isinstance(error, ConnectionError) else "network"
            return _REASONS.get(error.errno or 0, lost)
        case _:
            return "protocol"


async def post_order(
    pool: Pool, address: str, order: dict[str, object], *, on_connected: Callable[[], None]
) -> Acknowledgement:
    """POST the order once, ``on_connected`` called before it goes; raises WriteFailedError."""
    try:
        response = await pool.request(
            address, "POST", "/orders", json.dumps(order).encode(), on_connected=on_connected
        )
    except (OSError, EOFError, ProtocolError) as error:
        raise WriteFailedError(reason_of(error)) from error
    if response.status not in {200, 201}:
        raise WriteFailedError(f"http-{response.status}")
    return _parse(response.body)


def _parse(body: bytes) -> Acknowledgement:
    try:
        row = json.loads(body)
        return Acknowledgement(str(row["site"]), int(row["epoch"]), int(row["number"]))
    except (ValueError, KeyError, TypeError) as error:
        # Success without an order in it: nobody may call that order safe.
        raise WriteFailedError("malformed") from error
