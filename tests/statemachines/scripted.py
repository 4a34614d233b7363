"""Steps that answer by a script: a run that goes well, but for what a test changes."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from landbridge.domain.gameday_ending import describe_gameday
from landbridge.domain.plan import FAILBACK_STATES, FAILOVER, GAMEDAY_STATES

Event = dict[str, Any]
StepFunction = Callable[[Event], object]

_WELL: Mapping[str, Any] = {
    "confirm_outage": {"confirmed": True},
    "engage_gate": {"state": "engaged", "epoch": 2},
    "fence_primary": {"evidence": [{"layer": "sql", "result": "done"}], "final_lsn": 4096},
    "scale_standby": {"desired": 2, "ready": 0},
    "check_promotion": {"action": "promote", "timeline": 1},
    "promote_standby": {"timeline": 2},
    "verify_writable": {"timeline": 2},
    "wait_rollout": {"ready": 2},
    "smoke_standby": {"site": "azure", "epoch": 2},
    "open_gate": {"state": "open", "epoch": 2},
    "wait_dns": {"dns": "azure"},
    "smoke_dns": {"site": "azure", "epoch": 2},
    "stop_primary": {"evidence": [{"layer": "database", "result": "done"}]},
    "record_run": {"outcome": "recovered"},
    "notify_operators": {"message_id": "1"},
    "release_lock": {"holder": ""},
    "undo_failover": {"notes": ["AWS's pods: 2"], "gate": {"state": "closed"}},
}


_HOME: Mapping[str, Any] = {
    "rebuild_primary": {"done": True, "result": {"method": "rewind", "forked_rows": 0}},
    "await_streaming": {"caught_up": True, "lag_bytes": 0, "at": 1.0},
    "scale_primary": {"desired": 2},
    "hold_writes": {"final_lsn": 8192, "timeline": 2, "sessions_ended": 3, "held_at": 5.0},
    "catch_up_primary": {"replayed_lsn": 8192},
    "promote_primary": {"timeline": 3},
    "resequence_primary": {"looked": 2, "moved": [], "not_moved": []},
    "admit_primary": {"timeline": 3, "admitted_at": 6.0},
    "wait_primary": {"ready": 2},
    "smoke_primary": {"site": "aws", "epoch": 3},
    "close_gate": {"state": "closed", "epoch": 3},
    "wait_dns": {"dns": "aws"},
    "smoke_dns": {"site": "aws", "epoch": 3},
    "retire_standby": {"desired": 0, "ready": 0},
    "rebuild_standby": {"done": True, "result": {"method": "rewind", "forked_rows": 0}},
    "protect_primary": {"protected_at": 9.0, "synchronous": True},
    "undo_failback": {"notes": ["Azure's database takes writes"]},
    "request_approval": {"message_id": "1"},
    "record_run": {"outcome": "recovered"},
    "notify_operators": {"message_id": "1"},
    "release_lock": {"holder": ""},
}


GAMEDAY_REQUEST = {"trigger": "gameday", "reason": "a rehearsal", "planned": True}
_PLAN = {"notice_seconds": 60, "soak_seconds": 60, "wait_seconds": 1}


def watched(action: str, reason: str = "as planned", mark: str = "") -> Event:
    """Return what Watch Gameday answers."""
    return {"action": action, "reason": reason, "mark": mark, "at": 3.0, "wait_seconds": 1}


class WorkerDiedError(Exception):
    """A worker that ended without an answer, as the Lambda runtime reports it."""

    lambda_name = "Runtime.ExitError"


def seen(situation: str = "on_aws", **changes: Any) -> Callable[[Event], Event]:
    """Return what Observe Sites answers in that situation; changes are of request and observed."""
    request = {"planned": False, "fence_first": changes.pop("fence_first", False)}
    gate = {"state": "closed", "epoch": 1}
    observed = {"situation": situation, "dns": "aws", "gate": gate, **changes}
    observed.setdefault("settle", "")
    return lambda event: {"run": event["run"], "request": request, "observed": observed}


def scripted(**changes: Any) -> dict[str, StepFunction]:
    """Return the steps; a change is an answer, an error, a function, or a list of them in turn."""
    script = {"observe_sites": seen(), "take_lock": _locked, **_WELL, **changes}
    assert set(script) == {step.name for step in FAILOVER}
    return {name: _step(outcome) for name, outcome in script.items()}


def seen_home(situation: str = "on_azure", **changes: Any) -> Callable[[Event], Event]:
    """Return what Observe Return answers in that situation; changes are of observed."""
    observed = {"situation": situation, "ask": False, "approval_seconds": 60, **changes}
    request = {"discard_forked_rows": False}

    def look(event: Event) -> Event:
        known = {"kind": "failback", "run": event["run"], "stream": None}
        return {**known, "request": request, "observed": observed}

    return look


def scripted_home(**changes: Any) -> dict[str, StepFunction]:
    """Return the failback's steps, as ``scripted`` does the failover's."""
    script = {"observe_return": seen_home(), "take_lock": _locked, **_HOME, **changes}
    assert set(script) == {step.name for step in FAILBACK_STATES}
    return {name: _step(outcome) for name, outcome in script.items()}


_WATCHED: Mapping[str, list[Event]] = {
    "announced": [watched("wait"), watched("go_on")],
    "out": [watched("wait"), watched("go_on")],
    "soak": [watched("wait"), watched("home")],
    "home": [watched("wait"), watched("end")],
}


def scripted_gameday(
    watches: Mapping[str, list[Any]] | None = None, **changes: Any
) -> dict[str, StepFunction]:
    """Return the GameDay's steps; ``watches`` has a phase's looks in turn, as a change has them."""
    looks = {name: _step(turns) for name, turns in {**_WATCHED, **(watches or {})}.items()}
    script = {
        "run_preflight": {"checks": [], "active": "aws", "at": 1.0},
        "check_gameday": {"request": GAMEDAY_REQUEST, "plan": {"at": 1.0, **_PLAN}},
        "announce_gameday": {"message_id": "1", "at": 2.0},
        "start_leg": lambda event: {"run": f"{event['flow']}-gameday-1", "at": 3.0},
        "watch_gameday": lambda event: looks[event["phase"]](event),
        "smoke_dns": {"site": "azure", "epoch": 2, "passed_at": 4.0},
        "hand_over": {"run": "failover-alarm-1", "reason": "Run failover-alarm-1 leads."},
        "report_gameday": lambda event: asdict(describe_gameday(event["run"], event["state"])),
        **changes,
    }
    assert set(script) == {step.name for step in GAMEDAY_STATES}
    return {name: _step(outcome) for name, outcome in script.items()}


def _locked(event: Event) -> Event:
    return {"holder": event["run"], "epoch": 2}


def _step(outcome: Any) -> StepFunction:
    left = list(outcome) if isinstance(outcome, list) else [outcome]

    def run(event: Event) -> object:
        # The last outcome stays.
        now = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(now, Exception):
            raise now
        return now(event) if callable(now) else now

    return run
