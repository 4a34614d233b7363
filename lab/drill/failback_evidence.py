"""What a failback of the drill's left behind: its run's state, its steps, the users' own ledger."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab.clouds.clouds import Clouds
from lab.drill.run_evidence import ended_at, outcome_of, output_of, step_of
from lab.report.failback_model import Failback, Rebuild
from lab.users.ledger import History
from landbridge.adapters.operations import Execution
from landbridge.domain.history import StepRecord

__all__ = ["exported_ids", "failback_of"]


def failback_of(
    clouds: Clouds, run: Execution, history: History, fault_at: float, aws_back_at: float
) -> Failback:
    """Return the failback that ``run`` was."""
    steps = {step.name: step for step in run.steps}
    outcome, reason = outcome_of(run)
    ended = run.ended_at or run.started_at
    held_at = output_of(steps, "hold_writes").get("held_at")
    last, first, count = _hold(history, held_at)
    rebuilt = output_of(steps, "rebuild_primary").get("result", {})
    return Failback(
        run=run.name,
        outcome=outcome,
        reason=reason,
        started=run.started_at,
        ended=ended,
        aws_back=aws_back_at,
        last_azure_write=last,
        first_aws_write=first,
        writes_by_aws=count,
        hold_budget_seconds=clouds.configuration.settings()["budgets"]["hold_seconds"],
        method_aws=_method(rebuilt),
        method_azure=_method(output_of(steps, "rebuild_standby").get("result", {})),
        forked_rows=int(rebuilt.get("forked_rows") or 0),
        resequenced=tuple(output_of(steps, "resequence_primary").get("moved", ())),
        unprotected_seconds=_unprotected(steps, fault_at),
        seconds=_seconds(run, steps, ended),
        steps=tuple(step_of(step, ended) for step in run.steps),
    )


def _hold(history: History, held_at: float | None) -> tuple[float | None, float | None, int]:
    """Return Azure's last acknowledgement, AWS's first after the hold began, and how many."""
    done = [(write.ended, write.site) for write in history.writes if write.acknowledged]
    azure = [at for at, site in done if site == "azure" and at is not None]
    aws = [at for at, site in done if site == "aws" and at is not None and at >= (held_at or at)]
    if held_at is None or not azure or not aws:
        return max(azure, default=None), None, 0
    return max(azure), min(aws), len(aws)


def _method(result: Mapping[str, Any]) -> Rebuild | None:
    if not result:
        return None
    return Rebuild(
        str(result["method"]), str(result["why"]), int(result["bytes"]), float(result["seconds"])
    )


def _unprotected(steps: Mapping[str, StepRecord], fault_at: float) -> float | None:
    streams, protected = ended_at(steps, "await_streaming"), ended_at(steps, "protect_primary")
    admitted = output_of(steps, "admit_primary").get("admitted_at")
    if streams is None or protected is None or admitted is None:
        return None
    return (streams - fault_at) + (protected - float(admitted))


def _seconds(
    run: Execution, steps: Mapping[str, StepRecord], ended: float
) -> dict[str, float | None]:
    return {
        "rebuild AWS": _between(steps, "rebuild_primary", "rebuild_primary"),
        "catch up": _between(steps, "await_streaming", "await_streaming"),
        "DNS": _between(steps, "wait_dns", "wait_dns"),
        "rebuild Azure": _between(steps, "rebuild_standby", "protect_primary"),
        "total": ended - run.started_at,
    }


def _between(steps: Mapping[str, StepRecord], first: str, last: str) -> float | None:
    end = ended_at(steps, last)
    return None if first not in steps or end is None else end - steps[first].started_at


def exported_ids(folder: Path) -> frozenset[str]:
    """Return the ids of the orders that a rebuild exported from the old primary."""
    files = folder.glob("export/*/public.orders.jsonl")
    lines = (line for file in files for line in file.read_text().splitlines())
    return frozenset(str(json.loads(line)["row"]["id"]) for line in lines)
