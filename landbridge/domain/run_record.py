"""What is kept of one run: its facts, and what follows from them and from earlier runs' facts.

There is no users' ledger in the cloud. So the figures here are the orchestrator's own estimates and
are named so; what is not known is None, never zero:

``rto_estimated_seconds``
    From the first sign of the outage until an order by the users' name was served again. The sign
    is the alarm's change of state, or what the watchdog saw; where a person or a schedule began, it
    is the request, and in a planned switchover the moment the writes were held. Users had it
    longer: by what went by before the sign (checkers, their threshold, the alarm's period), and by
    what their own DNS caches still held.
``hold_estimated_seconds``
    Of a failback or a planned switchover: from holding the writes to that order.
``rpo_bytes``
    WAL that AWS may have acknowledged and Azure never had: 0 where writes were held and replayed to
    the last byte, or where Azure was the required synchronous standby; the distance to a fenced
    AWS's end in async mode. Unknown where AWS could go on writing after the last look at it, or a
    person accepted loss.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from landbridge.domain.ending import Ending
from landbridge.domain.errors import InvalidEventError
from landbridge.domain.manual_steps import own_manual_steps
from landbridge.domain.starting import moment_of

__all__ = ["SCHEMA", "UNCHANGED", "accounted", "earlier_runs", "run_facts"]

SCHEMA = 1
Record = Mapping[str, Any]

UNCHANGED = "unchanged"
# A run that came to its end; whatever follows it is another incident.
_OVER = frozenset({"recovered", UNCHANGED})
# Runs further apart than this, from an end to the next start, are no one incident.
INCIDENT_GAP_SECONDS = 3_600.0


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

    ``started_at`` is when the execution began, ``ended_at`` is None while it is on. ``accounted``
    adds what follows from the facts.
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
        "outcome_reason": ending.reason,
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


def accounted(record: Record, earlier: Sequence[Record]) -> dict[str, Any]:
    """Return the record with its figures; ``earlier`` are its incident's runs, oldest first.

    Started by hand after another run of its incident, a run is itself a manual step.
    """
    chain = [*earlier, record]
    by_hand = list(dict.fromkeys(step for one in earlier for step in one["own_manual_steps"]))
    steps = [*by_hand, *record["own_manual_steps"]]
    if earlier and record["trigger"] == "manual":
        steps.insert(len(by_hand), f"started by hand after {earlier[-1]['run']}: {record['run']}")
    rto, hold = _rto_seconds(record, chain), _hold_seconds(record, chain)
    return {
        **record,
        "rto_estimated_seconds": rto,
        "rto_counts_from": _counts_from(record, chain) if rto is not None else None,
        "hold_estimated_seconds": hold,
        "rpo_bytes": next(
            (one["rpo_bytes"] for one in reversed(chain) if one["rpo_bytes"] is not None), None
        ),
        "earlier_runs": [one["run"] for one in earlier],
        "manual_steps": steps,
    }


def earlier_runs(record: Record, others: Iterable[Record]) -> list[Record]:
    """Return the runs before it that belong to its incident, oldest first.

    The same flow, begun before it, not recovered, and no longer ago than an hour from the end of
    one to the start of the next; a run that recovered closes the incident before it.
    """
    before = sorted(
        (one for one in others if one["flow"] == record["flow"] and one["run"] != record["run"]),
        key=lambda one: float(one["started_at"]),
        reverse=True,
    )
    found: list[Record] = []
    next_start = float(record["started_at"])
    for one in before:
        if one["started_at"] > next_start:
            continue
        apart = next_start - float(one["ended_at"] or one["started_at"])
        if one["outcome"] in _OVER or apart > INCIDENT_GAP_SECONDS:
            break
        found.append(one)
        next_start = float(one["started_at"])
    return found[::-1]


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


def _first_sign(record: Record, chain: Sequence[Record]) -> Record | None:
    """Return the run whose ``outage_began_at`` counts: of one kind, planned or not."""
    signs = [
        one
        for one in chain
        if one["outage_began_at"] is not None and one["planned"] == record["planned"]
    ]
    if record["planned"] and record["outage_began_at"] is not None:
        return record  # what an earlier run held, it let go again
    return min(signs, key=lambda one: float(one["outage_began_at"]), default=None)


def _counts_from(record: Record, chain: Sequence[Record]) -> str | None:
    first = _first_sign(record, chain)
    if first is None:
        return None
    if first["planned"]:
        return "hold"
    return str(first["trigger"]) if first["trigger"] in {"alarm", "watchdog"} else "request"


def _rto_seconds(record: Record, chain: Sequence[Record]) -> float | None:
    first = _first_sign(record, chain)
    if record["flow"] != "failover" or first is None:
        return None
    return _between(first["outage_began_at"], _served_at(chain))


def _hold_seconds(record: Record, chain: Sequence[Record]) -> float | None:
    if not (record["planned"] or record["flow"] == "failback"):
        return None
    began = record["hold_began_at"]
    if began is None and record["resumed"]:
        # The run before it admitted the new site and stopped: users waited all the while.
        held = [one["hold_began_at"] for one in chain if one["hold_began_at"] is not None]
        began = held[-1] if held else None
    return _between(began, _served_at(chain))


def _served_at(chain: Sequence[Record]) -> float | None:
    """Return the first moment at which the new site served; what comes after is no outage."""
    return min((one["served_at"] for one in chain if one["served_at"] is not None), default=None)


def _between(began: float | None, ended: float | None) -> float | None:
    if began is None or ended is None or ended < began:
        return None
    return round(ended - began, 3)
