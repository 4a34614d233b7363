"""``smoke``: what a user would ask of the workload, asked of the one that runs on the clone.

Ready, an order placed, read back, and placed again as the same order.
"""

import json
import time
import uuid
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from landbridge.adapters.polling import poll
from landbridge.database_pod.environment import SmokeOrder
from landbridge.database_pod.report import Report
from landbridge.domain.errors import SmokeCheckError

__all__ = ["smoke"]

_REQUEST_SECONDS = 5.0
_OK, _CREATED = 200, 201
_MOST_BYTES = 65_536


def smoke(order: SmokeOrder, report: Report) -> None:
    """Do all of it; the event ``smoke`` has the order's id. Raises SmokeCheckError."""
    begun = time.monotonic()
    said: list[str] = []

    def ready() -> bool | None:
        status, answer = _ask("GET", f"{order.url}/ready")
        said[:] = [f"{status} {answer}"]
        return True if status == _OK else None

    if poll(ready, order.seconds) is None:
        raise SmokeCheckError(f"not ready after {order.seconds:g} s: {said[0]}")
    ready_seconds = round(time.monotonic() - begun, 3)
    placed = {"id": str(uuid.uuid4()), "item": "landbridge rehearsal", "quantity": 1}
    one = f"{order.url}/orders/{placed['id']}"
    first = _expect("POST", f"{order.url}/orders", _CREATED, placed)
    found = _expect("GET", one, _OK)
    again = _expect("POST", f"{order.url}/orders", _OK, placed)
    if not first.get("id") == found.get("id") == again.get("id") == placed["id"]:
        raise SmokeCheckError(f"{one}: another order was read back: {found}")
    report.say(
        "smoke",
        order=placed["id"],
        epoch=first.get("epoch"),
        ready_seconds=ready_seconds,
        seconds=round(time.monotonic() - begun, 3),
    )


def _expect(method: str, url: str, wanted: int, body: object = None) -> dict[str, Any]:
    status, answer = _ask(method, url, body)
    if status != wanted or not isinstance(answer, dict):
        raise SmokeCheckError(f"{method} {url} answered {status}, not {wanted}: {answer}")
    return answer


def _ask(method: str, url: str, body: object = None) -> tuple[int, Any]:
    """Return status and JSON, or text; 0 and the reason where nobody answered."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data, {"Content-Type": "application/json"}, method=method)  # noqa: S310 - the scheme is checked
    try:
        with urlopen(request, timeout=_REQUEST_SECONDS) as answer:  # noqa: S310 - as above
            return int(answer.status), _read(answer.read(_MOST_BYTES))
    except HTTPError as error:
        with error:
            return error.code, error.read(_MOST_BYTES).decode(errors="replace")
    except (URLError, OSError, HTTPException) as error:
        return 0, str(error)


def _read(body: bytes) -> Any:
    """Return the JSON, or the text where it is none: a workload's /ready may say anything."""
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
