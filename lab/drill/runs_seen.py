"""The machines' executions as a judge sees them, with what each one's own record says of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from lab.clouds.clouds import Clouds
from lab.clouds.looking import recorded
from lab.drill.run_budgets import run_budgets
from lab.drill.run_evidence import trigger_of
from lab.drill.takeovers import TAKEOVER, kept_takeovers, takeover
from lab.judgement.evidence import FaultSeen, RunSeen
from landbridge.adapters.operations import FAILBACK, FAILOVER, Execution

__all__ = ["run_seen", "runs_seen"]

# Faults that end an execution from outside; such a run cannot say anything any more.
_ENDS_RUNS = frozenset({"state-machine-restart"})


def runs_seen(
    clouds: Clouds, known: Collection[str], faults: Sequence[FaultSeen]
) -> tuple[RunSeen, ...]:
    """Return all executions of both machines, those in ``known`` too, and all takeovers.

    The oldest comes first.

    Each may take what the lab's budgets come to for its flow.
    Raises the errors of landbridge's tree and of botocore, where AWS does not answer.
    """
    operations = clouds.operations
    found = {name for flow in (FAILOVER, FAILBACK) for name in operations.executions(flow)}
    documents = recorded(clouds, "run")
    mine = {*found, *(name for name in known if not name.startswith(TAKEOVER))}
    budgets = run_budgets(clouds.configuration.settings()["budgets"] | clouds.options.budgets)
    every = [
        run_seen(run, documents.get(run.name), faults, budgets[_flow(run)])
        for run in map(operations.execution, sorted(mine))
    ]
    every += [
        _takeover_seen(takeover(clouds, name), parts, faults, budgets[FAILOVER], documents)
        for name, parts in kept_takeovers(clouds).items()
    ]
    return tuple(sorted(every, key=lambda run: run.started_at))


def _takeover_seen(
    run: Execution,
    parts: Mapping[str, Any],
    faults: Sequence[FaultSeen],
    budget_seconds: float,
    at_home: Mapping[str, Any],
) -> RunSeen:
    seen = run_seen(run, parts.get("document"), faults, budget_seconds)
    kept = {"azure": "record" in parts, "aws": run.name in at_home}
    return replace(seen, executor="azure", kept=kept)


def run_seen(
    run: Execution,
    document: Mapping[str, Any] | None,
    faults: Sequence[FaultSeen],
    budget_seconds: float,
) -> RunSeen:
    """Return one execution as it ended; ``document`` is the runs table's, None where it has none.

    Without one, what the execution came to says what it can.
    """
    state = document["state"] if document else run.state
    ending = document["ending"] if document else run.state.get("record", {})
    return RunSeen(
        name=run.name,
        flow=_flow(run),
        status=run.status,
        trigger=trigger_of(run),
        started_at=run.started_at,
        ended_at=run.ended_at,
        budget_seconds=budget_seconds,
        acted=any(step.name == "engage_gate" for step in run.steps),
        outcome=ending.get("outcome"),
        reason=ending.get("reason") or (f"{run.error}: {run.cause}" if run.error else ""),
        message=ending.get("message", ""),
        point=_point(state),
        stopped_by=_stopped_by(run, faults),
        planned=bool((run.state.get("request") or run.state).get("planned")),
    )


def _flow(run: Execution) -> str:
    return FAILBACK if run.name.startswith(FAILBACK) else FAILOVER


def _point(state: Mapping[str, Any]) -> str | None:
    mark = state.get("ending", {}).get("mark")
    late = state.get("undo_error", {}).get("Error", "AlreadyPromotedError")
    return "half" if mark == "stopped" and late != "AlreadyPromotedError" else mark


def _stopped_by(run: Execution, faults: Sequence[FaultSeen]) -> str:
    if run.status != "ABORTED" or run.ended_at is None:
        return ""
    ended = (
        one.name
        for one in faults
        if one.kind in _ENDS_RUNS
        and one.began_at <= run.ended_at
        and (one.ended_at is None or run.ended_at <= one.ended_at)
    )
    return next(ended, "")
