"""Each user's own RTO, from a ledger whose users have caches of their own.

One cache's answer runs out at one moment, so a single one measures luck: whichever design flips a
second before it runs out wins a whole TTL. Users whose caches run out at different moments, as
users' do, measure the design.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any

__all__ = ["median_user_rto", "users_back"]


def _events(ledger: Path) -> list[dict[str, Any]]:
    lines = ledger.read_text().splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


def users_back(ledger: Path, fault_at: float, site: str = "azure") -> set[int]:
    """Return the users whom ``site`` has acknowledged a write since the fault."""
    return set(_first_acknowledged(_events(ledger), fault_at, site))


def median_user_rto(ledger: Path, fault_at: float, site: str = "azure") -> float:
    """Return the median over users of: first failed write to first acknowledged by ``site``.

    In seconds. Raises ValueError where a user was not served again.
    """
    events = _events(ledger)
    user = _users(events)
    started = {e["id"]: e["t"] for e in events if e["event"] == "attempt"}
    failed: dict[int, float] = {}
    for event in events:
        if event["event"] == "failed" and started[event["id"]] >= fault_at:
            who = user[event["id"]]
            failed[who] = min(failed.get(who, event["t"]), started[event["id"]])
    served = _first_acknowledged(events, fault_at, site)
    lost = sorted(set(failed) - set(served))
    if lost or not failed:
        raise ValueError(f"users {lost} were not served again; {len(failed)} users saw the fault")
    return median(served[who] - at for who, at in failed.items())


def _users(events: Iterable[dict[str, Any]]) -> dict[str, int]:
    return {e["id"]: e["user"] for e in events if e["event"] == "attempt"}


def _first_acknowledged(
    events: list[dict[str, Any]], fault_at: float, site: str
) -> dict[int, float]:
    user, first = _users(events), dict[int, float]()
    for event in events:
        if event["event"] == "acknowledged" and event["site"] == site and event["t"] >= fault_at:
            first.setdefault(user[event["id"]], event["t"])
    return first
