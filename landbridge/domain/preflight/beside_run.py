"""What a run does on its way looks like a fault, and is none while the run is on.

It takes writes from one site before it gives them to the other, stops a database to rebuild it, and
moves DNS last. Such a check warns until the run has ended; all others fail as they always do. The
lock's own check fails then, so that a look beside a run never says that all is ready.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from landbridge.domain.preflight.check import Check, Result

__all__ = ["MOVED", "beside_run"]

# What failover and failback move and put back. The gate's check knows of runs itself.
MOVED = frozenset(
    {
        "aws-database",
        "azure-database",
        "dns-answer",
        "replication-lag",
        "replication-state",
        "replication-sync",
        "slot",
        "timeline",
        "wal-retained",
        "workload",
    }
)
_WATCH = "landbridge status --watch until the run has ended"


def beside_run(checks: Iterable[Check], run: str) -> Iterator[Check]:
    """Yield the checks as they are to be read while ``run`` is on; an empty name: none is."""
    for check in checks:
        if run and check.name in MOVED and check.result is Result.FAIL:
            reason = f"{check.reason}; run {run} is on, and may be why"
            yield replace(check, result=Result.WARN, reason=reason, remedy=_remedy(check))
        else:
            yield check


def _remedy(check: Check) -> str:
    return f"{_WATCH}; if it stays: {check.remedy}" if check.remedy else _WATCH
