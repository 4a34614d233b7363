"""Runs of one outage, taken together: what they cost the users and what people did in them.

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

The facts of each run are in ``landbridge.domain.run_record``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from landbridge.domain.run_record import UNCHANGED

__all__ = ["accounted", "earlier_runs", "with_steps_by_hand"]

Record = Mapping[str, Any]

# A run that came to its end; whatever follows it is another incident.
_OVER = frozenset({"recovered", UNCHANGED})
# Runs further apart than this, from an end to the next start, are no one incident.
INCIDENT_GAP_SECONDS = 3_600.0


def accounted(record: Record, earlier: Sequence[Record]) -> dict[str, Any]:
    """Return the record with its figures; ``earlier`` are its incident's runs, oldest first.

    A run that was started by hand after another one of its incident is itself a manual step.
    """
    chain = [*earlier, record]
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
        "manual_steps": list(_manual_steps(chain)),
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


def with_steps_by_hand(records: Iterable[Record], steps: Iterable[Record]) -> list[Record]:
    """Return the records, each with what people did beside it among its own manual steps.

    A step is the run's that began last before it, up to an hour after that ended: who mends
    something between two runs does it for the first of them. ``steps`` are ``{"at", "text"}``.
    """
    found = [dict(one) for one in records]
    in_order = sorted(found, key=lambda one: float(one["started_at"]))
    for step in steps:
        begun = [one for one in in_order if one["started_at"] <= step["at"]]
        if not begun:
            continue
        run, ended_at = begun[-1], begun[-1]["ended_at"]
        if ended_at is None or step["at"] - float(ended_at) <= INCIDENT_GAP_SECONDS:
            # One that the run's record has already is one step.
            run["own_manual_steps"] = [*dict.fromkeys([*run["own_manual_steps"], step["text"]])]
    return [*found]


def _manual_steps(chain: Sequence[Record]) -> Iterator[str]:
    for position, one in enumerate(chain):
        if position and one["trigger"] == "manual":
            yield f"started by hand after {chain[position - 1]['run']}: {one['run']}"
        yield from one["own_manual_steps"]


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
