"""The workload as a user meets it: place an order, read it back, see which site answered."""

from collections.abc import Sequence
from typing import Any

from landbridge.adapters.http_probe import request_json
from landbridge.domain.errors import SmokeCheckError

__all__ = ["place_order"]

_CREATED = frozenset({200, 201})
_OK = 200


def place_order(
    base_url: str, order_id: str, name_servers: Sequence[str], timeout_seconds: float
) -> dict[str, Any]:
    """Order once at ``base_url``, read the order back; return it, ``site`` and ``epoch`` included.

    The same ``order_id`` twice is one order. Raises SmokeCheckError with what was seen instead.
    """
    order = {"id": order_id, "item": "landbridge smoke check", "quantity": 1}
    try:
        status, placed = request_json(
            "POST",
            f"{base_url}/orders",
            order,
            timeout_seconds=timeout_seconds,
            name_servers=name_servers,
        )
        if status not in _CREATED or not isinstance(placed, dict):
            raise SmokeCheckError(f"POST {base_url}/orders answered {status}: {placed}")
        status, found = request_json(
            "GET",
            f"{base_url}/orders/{order_id}",
            timeout_seconds=timeout_seconds,
            name_servers=name_servers,
        )
    except OSError as error:
        raise SmokeCheckError(f"{base_url}: {error}") from error
    if status != _OK or not isinstance(found, dict) or found.get("id") != order_id:
        raise SmokeCheckError(f"GET {base_url}/orders/{order_id} answered {status}: {found}")
    return placed
