"""A plausible run, for tests and for looking at the report: no drill made these numbers.

``python -m lab.report.example FOLDER`` writes its report.
"""

import random
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from lab.report.model import (
    DnsAnswer,
    FenceLayer,
    GateChange,
    Instants,
    Refusal,
    RunRecord,
    Settings,
    Step,
    Vote,
)
from lab.report.write import write_report
from lab.users.ledger import History, Write
from lab.users.series import series_of
from lab.users.verdict import judge

__all__ = ["FAULT", "example_history", "example_refused", "example_run"]

FAULT = 1_795_000_000.0
_BACK = 9.34
_END = 16.0
_RATE = 40.0

# name, started, seconds, branch
_STEPS: tuple[tuple[str, float, float, str | None], ...] = (
    ("Observe Sites", 2.62, 0.41, None),
    ("Confirm Outage", 3.06, 0.52, None),
    ("Take Lock", 3.61, 0.22, None),
    ("Engage Gate", 3.86, 0.24, None),
    ("Fence Primary", 4.13, 1.35, "fence"),
    ("Scale Standby", 4.14, 0.31, "pods"),
    ("Check Promotion", 4.14, 0.27, "database"),
    ("Promote Standby", 4.44, 0.62, "database"),
    ("Verify Writable", 5.09, 0.33, "database"),
    ("Wait Rollout", 5.51, 1.18, None),
    ("Smoke Standby", 6.72, 0.35, None),
    ("Open Gate", 7.10, 0.26, None),
    ("Wait Dns", 7.39, 1.12, None),
    ("Smoke Dns", 8.54, 0.38, None),
    ("Stop Primary", 8.95, 0.19, None),
    ("Record Run", 9.17, 0.18, None),
    ("Notify Operators", 9.38, 0.21, None),
    ("Release Lock", 9.62, 0.20, None),
)


def example_history(seed: int = 7) -> History:
    """Return what users lived through: AWS until the fault, Azure from 9.3 s after it."""
    chance = random.Random(seed)  # noqa: S311 - an example
    writes: list[Write] = []
    at = -8.0
    while at < _END - 0.3:
        at += chance.expovariate(_RATE)
        started, name = FAULT + at, f"00000000-0000-4000-8000-{len(writes):012d}"
        write = Write(name, started, started)
        took = 0.008 + chance.expovariate(80.0)
        if at + took < 0.0:
            ack: dict[str, Any] = {"site": "aws", "epoch": 1, "address": "127.0.0.11"}
        elif at >= _BACK:
            ack = {"site": "azure", "epoch": 2, "address": "127.0.0.12"}
        else:
            reason = "reset" if at < 0 else "refused"
            writes.append(replace(write, ended=started + 0.004, reason=reason))
            continue
        writes.append(replace(write, ended=started + took, number=len(writes) + 1, **ack))
    return History(tuple(writes))


def _instants() -> Instants:
    return Instants(
        fault_injected=FAULT,
        alarm_emitted=FAULT + 1.91,
        run_started=FAULT + 2.58,
        promotion_began=FAULT + 4.47,
        promotion_ended=FAULT + 5.02,
        writable_verified=FAULT + 5.40,
        pods_requested=FAULT + 4.20,
        pods_waiting=FAULT + 4.83,
        pods_ready=FAULT + 6.66,
        gate_opened=FAULT + 7.33,
        zone_answered_azure=FAULT + 8.46,
    )


def example_run(history: History | None = None, **changes: Any) -> RunRecord:
    """Return a recovered quick drill; ``changes`` replace fields of the record."""
    history = example_history() if history is None else history
    ids = {write.id for write in history.writes if write.acknowledged}
    run = RunRecord(
        run="drill-20261123-0642",
        trigger="alarm",
        replication="sync",
        fault="region-loss",
        timings="quick",
        outcome="recovered",
        reason=None,
        instants=_instants(),
        settings=Settings(0.5, 3, 1.0, 0.0, 0.0, clients=8, rate=_RATE, seed=7, time_scale=0.05),
        verdict=judge(history, lambda asked: ids & set(asked), fault_at=FAULT),
        series=series_of(history, start=FAULT - 8.0, end=FAULT + _END, bucket_seconds=0.5),
        observed_from=FAULT - 8.0,
        observed_until=FAULT + _END,
        steps=tuple(Step(n, FAULT + at, took, "ok", 1, lane) for n, at, took, lane in _STEPS),
        votes=(
            Vote("alarm", "down", "health.shop.test failed 3 looks of the checkers"),
            Vote("lambda", "down", "connection refused"),
            Vote("azure", "unknown", "timed out"),
        ),
        fence=(
            FenceLayer("sql", "unreachable", "database 127.0.0.11:5432: connection refused"),
            FenceLayer("pods", "done", "scaled to zero"),
            FenceLayer("database", "unreachable", "EKS shop: connection refused"),
        ),
        dns=(
            DnsAnswer(FAULT - 8.0, "aws", "127.0.0.11"),
            DnsAnswer(FAULT + 8.46, "azure", "127.0.0.12"),
        ),
        gate=(
            GateChange(FAULT - 8.0, "closed", 1),
            GateChange(FAULT + 4.05, "engaged", 2, "drill-20261123-0642"),
            GateChange(FAULT + 7.33, "open", 2, "drill-20261123-0642"),
        ),
        refusals=(Refusal(FAULT + 2.71, "alarm, delivered again", "this incident has its run"),),
    )
    return replace(run, **changes)


def example_refused() -> RunRecord:
    """Return a run that the witnesses stopped: nothing was touched, AWS came back by itself."""
    run = example_run()
    writes = (
        replace(write, site="aws", epoch=1, reason=None, number=1)
        if write.started > FAULT + 4.0
        else write
        for write in example_history().writes
    )
    history = History(tuple(writes))
    return replace(
        example_run(history),
        outcome="refused",
        reason="OutageNotConfirmedError: lambda sees AWS up: lambda says up (answered 200)",
        instants=Instants(FAULT, alarm_emitted=FAULT + 1.91, run_started=FAULT + 2.58),
        steps=(run.steps[0], replace(run.steps[1], result="refused")),
        votes=(run.votes[0], Vote("lambda", "up", "answered 200"), run.votes[2]),
        fence=(),
        dns=run.dns[:1],
        gate=run.gate[:1],
    )


def _main(arguments: list[str]) -> None:
    folder = Path(arguments[1]) if len(arguments) > 1 else Path("reports/example")
    sys.stdout.write(f"{write_report(example_run(), folder).html}\n")


if __name__ == "__main__":
    _main(sys.argv)
