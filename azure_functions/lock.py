"""The run lock's route: take, renew, release. Each may be asked twice."""

import logging
import time
from dataclasses import asdict, replace
from typing import Any

import azure.functions as func

from azure_functions.aks import cluster
from azure_functions.answers import answer
from azure_functions.bodies import (
    EPOCH,
    HOLDER,
    LEASE_SECONDS,
    TEXT,
    check_fields,
    one_of,
    read_object,
)
from azure_functions.callers import guarded
from azure_functions.compare_and_set import until_written
from azure_functions.rehearsal import make_way
from landbridge.domain.errors import InvalidEventError
from landbridge.domain.gate import initial_gate
from landbridge.domain.lock import (
    RunLock,
    Taking,
    check_holder,
    decide_release,
    decide_renew,
    decide_take,
)

logger = logging.getLogger(__name__)
blueprint = func.Blueprint()  # type: ignore[no-untyped-call]

# What each action needs, and what it may have besides.
_NEEDED = {
    "take": {"holder": HOLDER, "lease_seconds": LEASE_SECONDS},
    "renew": {"holder": HOLDER, "epoch": EPOCH},
    "release": {"holder": HOLDER},
}
_OPTIONAL = {
    "take": {"from_holder": HOLDER, "from_epoch": EPOCH, "from_reason": TEXT},
    "renew": {"lease_seconds": LEASE_SECONDS},
    "release": {"epoch": EPOCH},
}
_ACTION = one_of(*_NEEDED)
_FREE = RunLock(holder="", epoch=0, lease_seconds=0, renewed_at=0.0)


@guarded(blueprint, "lock", "POST")
def change_lock(req: func.HttpRequest) -> func.HttpResponse:
    """Take ``{"action", "holder", ...}``; answer holder, epoch, lease_seconds and renewed_at.

    ``take`` needs ``lease_seconds`` and gives the epoch; with ``from_holder``, ``from_epoch`` and
    ``from_reason`` it takes the lock from that run although its lease lasts. ``renew`` needs
    ``epoch`` and may change ``lease_seconds``; ``release`` may have ``epoch``. Releasing what is
    not held changes nothing.
    """
    return answer(lambda: _change(req.get_body()))


def _change(body: bytes) -> dict[str, Any]:
    document = read_object(body)
    action = check_fields({"action": document.pop("action", None)}, {"action": _ACTION})["action"]
    wanted = check_fields(document, _NEEDED[action], _OPTIONAL[action])

    def attempt() -> dict[str, Any]:
        stored = cluster().read_lock()
        lock, version = stored or (None, None)
        now = round(time.time(), 6)  # to the microsecond, as a Lease keeps it
        decided = _decide(action, lock, wanted, now)
        if decided is None:
            return asdict(lock or _FREE)
        cluster().write_lock(decided, version)
        if action == "take":
            make_way()  # a rehearsal's clone takes room and the standby's disk
        return asdict(decided)

    return until_written(attempt)


def _decide(
    action: str, lock: RunLock | None, wanted: dict[str, Any], now: float
) -> RunLock | None:
    """Return the lock to write, or None where nothing is to be done."""
    holder = wanted["holder"]
    if action == "take":
        taking = _taking(wanted)
        if taking is not None:
            logger.warning("%s may take the lock from %s: %s", holder, taking.holder, taking.reason)
        lease_seconds = wanted["lease_seconds"]
        return decide_take(lock, _gate_epoch(), holder, lease_seconds, now, taking=taking)
    if action == "renew":
        renewed = decide_renew(lock, holder, wanted["epoch"], now)
        return replace(renewed, lease_seconds=wanted.get("lease_seconds", renewed.lease_seconds))
    if lock is not None and lock.holder == holder and "epoch" in wanted:
        check_holder(lock, holder, wanted["epoch"])
    return decide_release(lock, holder, now)


def _taking(wanted: dict[str, Any]) -> Taking | None:
    given = {name: wanted[name] for name in _OPTIONAL["take"] if name in wanted}
    if not given:
        return None
    if len(given) < len(_OPTIONAL["take"]) or not given["from_reason"].strip():
        raise InvalidEventError(
            "from_holder, from_epoch, from_reason: all are needed, or none",
            "say why in from_reason",
        )
    return Taking(given["from_holder"], given["from_epoch"], given["from_reason"])


def _gate_epoch() -> int:
    stored = cluster().read_gate()
    return stored[0].epoch if stored else initial_gate("").epoch
