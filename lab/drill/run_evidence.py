"""What the run itself tells of its steps: outcome, votes, fence, the gate's changes."""

import json
from collections.abc import Mapping
from typing import Any, get_args

from lab.report.model import FenceLayer, GateChange, Outcome, Started, Step, Vote
from landbridge.adapters.operations import Execution
from landbridge.domain.history import StepRecord

__all__ = [
    "ended_at",
    "fence_of",
    "gate_closed",
    "gate_of",
    "outcome_of",
    "output_of",
    "started_at",
    "step_of",
    "trigger_of",
    "votes_of",
]

Records = Mapping[str, StepRecord]

_BRANCHES = {
    "fence_primary": "AWS",
    "scale_standby": "pods",
    "check_promotion": "database",
    "promote_standby": "database",
    "verify_writable": "database",
}


def outcome_of(run: Execution | None, *, quiet: bool = False) -> tuple[Outcome, str | None]:
    """Return how the run ended and why; where none was meant to begin, none is well."""
    if run is None:
        return ("undisturbed", None) if quiet else ("failed", "no run began")
    if run.status == "SUCCEEDED":
        return "recovered", None
    ending = run.state.get("record", {})
    why = ending.get("reason") or f"{run.error}: {run.cause}"
    return ("refused" if ending.get("outcome") == "refused" else "failed"), why


def trigger_of(run: Execution | None) -> Started:
    """Return what started the run; without one, the alarm was waited for."""
    word = (run.state.get("request") or run.state).get("trigger") if run else "alarm"
    return next((one for one in get_args(Started) if one == word), "alarm")


def step_of(record: StepRecord, now: float) -> Step:
    """Return the report's step; one that is still on has lasted until ``now``."""
    return Step(
        name=record.title,
        started=record.started_at,
        seconds=(record.ended_at or now) - record.started_at,
        result="ok" if record.result == "done" else "failed",
        attempts=max(1, record.attempts),
        branch=_BRANCHES.get(record.name),
    )


def votes_of(steps: Records) -> tuple[Vote, ...]:
    """Return what each witness said."""
    ballots = output_of(steps, "confirm_outage").get("ballots", [])
    return tuple(Vote(b["witness"], b["vote"], b["reason"]) for b in ballots)


def fence_of(steps: Records) -> tuple[FenceLayer, ...]:
    """Return the evidence that each layer of the fence left."""
    layers = [
        layer
        for step in ("fence_primary", "stop_primary")
        for layer in output_of(steps, step).get("evidence", [])
    ]
    return tuple(FenceLayer(e["layer"], e["result"], e["detail"]) for e in layers)


def gate_of(steps: Records, began_at: float) -> tuple[GateChange, ...]:
    """Return the gate's changes, the state that the drill began with first."""
    changes = [GateChange(began_at, "closed", 1)]
    for name in ("engage_gate", "open_gate"):
        gate, at = output_of(steps, name), ended_at(steps, name)
        if gate and at:
            changes.append(GateChange(at, gate["state"], gate["epoch"], gate["holder"]))
    return tuple(changes)


def gate_closed(run: Execution) -> tuple[GateChange, ...]:
    """Return the gate's change at a failback's end; nothing where it was not closed."""
    steps = {step.name: step for step in run.steps}
    gate, at = output_of(steps, "close_gate"), ended_at(steps, "close_gate")
    if not gate or at is None:
        return ()
    return (GateChange(at, gate["state"], gate["epoch"], gate["holder"]),)


def started_at(steps: Records, name: str) -> float | None:
    """Return when the step began; None where it did not."""
    return steps[name].started_at if name in steps else None


def ended_at(steps: Records, name: str) -> float | None:
    """Return when the step was done; None where it was not."""
    found = steps.get(name)
    return found.ended_at if found and found.result == "done" else None


def output_of(steps: Records, name: str) -> dict[str, Any]:
    """Return what the step's function answered; nothing where it was not done."""
    found = steps.get(name)
    if found is None or found.result != "done" or not found.output:
        return {}
    return dict(json.loads(found.output))
