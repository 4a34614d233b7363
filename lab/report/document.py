"""The report as data: ``report.json``, schema 1.

Times count from the fault, in seconds to the millisecond.
"""

import dataclasses
from typing import Any

from lab.report.critical_path import critical_path, phases
from lab.report.failback import failback_document
from lab.report.model import RunRecord
from lab.report.promises import promises
from lab.report.schema import check_document

__all__ = ["report_document"]


def report_document(run: RunRecord) -> dict[str, Any]:
    """Return the document; raises pydantic.ValidationError where the record is not one of a run."""
    document = {
        "schema": 1,
        "run": run.run,
        "trigger": run.trigger,
        "executor": run.executor,
        "replication": run.replication,
        "fault": run.fault,
        "timings": run.timings,
        "outcome": run.outcome,
        "reason": run.reason,
        "fault_injected_epoch_seconds": run.instants.fault_injected,
        "seconds": _rounded(dataclasses.asdict(phases(run))),
        "ledger": _ledger(run),
        "steps": [_step(run, index) for index in range(len(run.steps))],
        "settings": dataclasses.asdict(run.settings),
        "promises": [dataclasses.asdict(promise) for promise in promises(run)],
        "critical_path": _critical_path(run),
        "instants_seconds": _instants(run),
        "votes": [dataclasses.asdict(vote) for vote in run.votes],
        "fence": [dataclasses.asdict(layer) for layer in run.fence],
        "dns": [_timed(run, answer) for answer in run.dns],
        "gate": [_timed(run, change) for change in run.gate],
        "refusals": [_timed(run, refusal) for refusal in run.refusals],
        "writes": _writes(run),
        "allowed_missing_ids": sorted(run.allowed_missing_ids),
        "findings": None if run.findings is None else list(run.findings),
        "warnings": list(run.warnings),
        "manual_steps": list(run.manual_steps),
        "idle_faults": [dataclasses.asdict(one) for one in run.idle],
    }
    if run.aws_calls is not None:
        refused = dict(run.aws_calls.refused)
        document["aws_calls"] = {"needed": run.aws_calls.needed, "refused": refused}
    if run.reconciled is not None:
        document["reconciled"] = list(run.reconciled)
    if run.gameday is not None:
        document["gameday"] = dataclasses.asdict(run.gameday)
    if run.failback is not None:
        document["failback"] = failback_document(run, run.failback)
    check_document(document)
    return document


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return value


def _since(run: RunRecord, at: float | None) -> float | None:
    return None if at is None else round(at - run.instants.fault_injected, 3)


def _ledger(run: RunRecord) -> dict[str, Any]:
    ledger = dataclasses.asdict(run.verdict)
    for name in [name for name in ledger if name.endswith("_at")]:
        ledger[f"{name.removesuffix('_at')}_seconds"] = _since(run, ledger.pop(name))
    ledger["missing_ids"] = list(run.verdict.missing_ids)
    ledger["both_sites_ids"] = list(run.verdict.both_sites_ids)
    return dict(_rounded(ledger))


def _step(run: RunRecord, index: int) -> dict[str, Any]:
    step = run.steps[index]
    return {
        "name": step.name,
        "started_seconds": _since(run, step.started),
        "seconds": round(step.seconds, 3),
        "result": step.result,
        "attempts": step.attempts,
        "branch": step.branch,
    }


def _critical_path(run: RunRecord) -> dict[str, Any] | None:
    path = critical_path(run)
    if path is None:
        return None
    waits = [_rounded(dataclasses.asdict(wait)) for wait in path.waits]
    return {"waits": waits, "orchestration_seconds": round(path.orchestration_seconds, 3)}


def _instants(run: RunRecord) -> dict[str, float | None]:
    moments = dataclasses.asdict(run.instants)
    moments["first_failed_write"] = run.verdict.first_failed_at
    moments["first_azure_ack"] = run.verdict.first_new_site_at
    return {name: _since(run, at) for name, at in moments.items()}


def _timed(run: RunRecord, event: Any) -> dict[str, Any]:
    fields = dataclasses.asdict(event)
    return {"at_seconds": _since(run, fields.pop("at")), **fields}


def _writes(run: RunRecord) -> dict[str, Any]:
    series = run.series
    return {
        "start_seconds": _since(run, series.start),
        "bucket_seconds": series.bucket_seconds,
        "acknowledged": {site: list(counts) for site, counts in series.acknowledged.items()},
        "failed": list(series.failed),
    }
