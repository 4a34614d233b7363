"""The facts of one run, as its last state and its ending tell them.

``rpo_bytes`` is WAL that AWS may have acknowledged and Azure never had: 0 where writes were held
and replayed to the last byte, or where Azure was the required synchronous standby; the distance to
a fenced AWS's end in async mode. Unknown where AWS could go on writing after the last look at it,
or a person accepted loss. What is not known is None, never zero. What follows from these facts and
from the runs before is in ``landbridge.domain.incident``.
"""

import math
from collections.abc import Mapping
from typing import Any

from landbridge.domain.ending import Ending
from landbridge.domain.errors import InvalidEventError
from landbridge.domain.manual_steps import own_manual_steps
from landbridge.domain.starting import moment_of

__all__ = ["REASON_CHARACTERS", "SCHEMA", "UNCHANGED", "run_facts"]

SCHEMA = 1
# The index answers with many records at once, a page of it has 1 MB, and a reason may quote a pod's
# log. The whole is in the bucket.
REASON_CHARACTERS = 1_000
UNCHANGED = "unchanged"  # the outcome of a run that found nothing to do


def run_facts(
    run: str,
    state: Mapping[str, Any],
    ending: Ending,
    *,
    started_at: float,
    ended_at: float | None,
    synchronous: bool,
) -> dict[str, Any]:
    """Return the facts of one run by its last state; times in epoch seconds, JSON-safe.

    ``started_at`` is when the execution began, ``ended_at`` is None while it is on.
    """
    # A run that could not look at the world has its request where the machine's input was.
    request = state.get("request") or state
    flow = "failback" if run.startswith("failback") else "failover"
    trigger = str(request.get("trigger", "manual"))
    return {
        "schema": SCHEMA,
        "run": run,
        "flow": flow,
        "kind": "gameday" if trigger == "gameday" else flow,
        "trigger": trigger,
        "reason": str(request.get("reason", "")),
        "planned": request.get("planned") is True,
        "resumed": _at(state, "observed", "situation") in {"moving", "returning", "unprotected"},
        "outcome": ending.outcome,
        "outcome_reason": ending.reason[:REASON_CHARACTERS],
        "epoch": _at(state, "lock", "epoch"),
        "started_at": started_at,
        "ended_at": ended_at,
        "outage_began_at": _outage_began_at(flow, request, state),
        "hold_began_at": _hold_began_at(flow, request, state),
        "served_at": _number(_at(state, "smoke_dns", "passed_at")),
        "rpo_bytes": _rpo_bytes(flow, request, state, synchronous=synchronous),
        "lag_bytes": _at(state, "moved", "database", "promotion", "lag_bytes"),
        "own_manual_steps": list(own_manual_steps(run, request, state)),
    }


def _at(state: Any, *path: str) -> Any:
    for name in path:
        state = state.get(name) if isinstance(state, Mapping) else None
    return state


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _moment(value: Any) -> float | None:
    """Return epoch seconds; a machine that was started by hand has what came, or nothing."""
    try:
        return None if value is None else moment_of("occurred_at", value)
    except InvalidEventError:
        return None


def _outage_began_at(
    flow: str, request: Mapping[str, Any], state: Mapping[str, Any]
) -> float | None:
    if flow != "failover":
        return None
    if request.get("planned") is True:
        return _number(_at(state, "fence", "fenced_at"))
    return _moment(request.get("occurred_at"))


def _hold_began_at(flow: str, request: Mapping[str, Any], state: Mapping[str, Any]) -> float | None:
    if flow == "failback":
        return _number(_at(state, "hold", "held_at"))
    return _number(_at(state, "fence", "fenced_at")) if request.get("planned") is True else None


def _rpo_bytes(
    flow: str, request: Mapping[str, Any], state: Mapping[str, Any], *, synchronous: bool
) -> int | None:
    """Return what this run's own promotion may have lost; None where it promoted nothing."""
    if flow == "failback":
        # AWS is promoted only when it has replayed the position that the hold ended at.
        return 0 if _at(state, "promoted") is not None else None
    promotion = _at(state, "moved", "database", "promotion")
    if _at(promotion, "action") != "promote" or _at(state, "moved", "database", "writable") is None:
        return None
    final_lsn = _at(state, "fence", "final_lsn")
    if request.get("planned") is True and final_lsn is not None:
        return 0
    if final_lsn is not None:
        lag = _at(promotion, "lag_bytes")
        return lag if isinstance(lag, int) else None
    # The promotion gate has seen to it that AWS acknowledged nothing without Azure, unless a person
    # overrode it.
    return 0 if synchronous and request.get("accept_data_loss") is not True else None
