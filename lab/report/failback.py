"""The failback's part of the report: its document, its promises, its own timeline's record."""

import dataclasses
from typing import Any

from lab.report.failback_model import Failback
from lab.report.model import Instants, Mark, RunRecord

__all__ = ["BEFORE_SECONDS", "failback_document", "failback_view"]

BEFORE_SECONDS = 2.0
_AFTER_SECONDS = 1.0


def failback_document(run: RunRecord, home: Failback) -> dict[str, Any]:
    """Return ``report.json``'s ``failback``; its steps count from the fault, as all steps do."""
    fault = run.instants.fault_injected
    return {
        "run": home.run,
        "outcome": home.outcome,
        "reason": home.reason,
        "started_seconds": round(home.started - fault, 3),
        "hold_seconds": _rounded(home.hold_seconds),
        "method_aws": _method(home.method_aws),
        "method_azure": _method(home.method_azure),
        "resequenced": [dict(one) for one in home.resequenced],
        "forked_rows": home.forked_rows,
        "unprotected_seconds": _rounded(home.unprotected_seconds),
        "seconds": {name: _rounded(one) for name, one in home.seconds.items()},
        "steps": [
            {
                "name": step.name,
                "started_seconds": round(step.started - fault, 3),
                "seconds": round(step.seconds, 3),
                "result": step.result,
                "attempts": step.attempts,
            }
            for step in home.steps
        ],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _method(method: Any) -> dict[str, Any] | None:
    if method is None:
        return None
    return {**dataclasses.asdict(method), "seconds": round(method.seconds, 3)}


def failback_view(run: RunRecord, home: Failback) -> RunRecord:
    """Return the record by which the failback's timeline is drawn: its steps, its hold."""
    ends = {step.name: step.ended for step in home.steps}
    named = (
        (home.aws_back, "AWS is back"),
        (home.started, "run starts"),
        (ends.get("Await Streaming"), "AWS streams"),
        (ends.get("Hold Writes"), "writes held"),
        (ends.get("Promote Primary"), "AWS promoted"),
        (ends.get("Close Gate"), "gate closes"),
        (home.first_aws_write, "AWS serves"),
        (ends.get("Protect Primary"), "Azure is its standby"),
    )
    return dataclasses.replace(
        run,
        steps=home.steps,
        instants=Instants(run.instants.fault_injected),
        marks=tuple(Mark(at, text) for at, text in named if at is not None),
        verdict=dataclasses.replace(
            run.verdict,
            first_failed_at=home.last_azure_write,
            first_new_site_at=home.first_aws_write,
        ),
        observed_from=min(home.aws_back, home.started) - BEFORE_SECONDS,
        observed_until=home.ended + _AFTER_SECONDS,
    )
