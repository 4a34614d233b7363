"""A new takeover looks at the run lock before its first step, and waits for a dead run's lease.

It is no step: the machine's order is what it is. A run that goes on after its pod was killed has
its own lock, or finds in its next step that another has it.
"""

import time
from collections.abc import Callable
from dataclasses import asdict

from landbridge.adapters.azure_records import AzureRecords
from landbridge.adapters.kubernetes import Cluster
from landbridge.domain.errors import LandbridgeError
from landbridge.domain.takeover_lease import LeaseAct, LeaseDecision, decide_lease

__all__ = ["await_lease"]

_LOOK_SECONDS = 1.0


def await_lease(
    cluster: Cluster,
    records: AzureRecords,
    run: str,
    take_lock: str,
    say: Callable[[str], None],
    *,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> LeaseDecision:
    """Return what was decided once it is not to wait; it is kept in the run's record.

    A lock that cannot be read holds nothing up: whoever keeps it decides in the step.
    Raises what keeping raises where a person takes the lock: the step reads it there.
    """
    first, last, began = None, None, clock()
    while True:
        try:
            held = cluster.read_lock()
        except LandbridgeError as error:
            return LeaseDecision(LeaseAct.GO_ON, f"the run lock could not be read: {error.message}")
        seen = held[0] if held else None
        first = first or seen
        now = clock()
        decided = decide_lease(
            first, seen, run, now, waited_seconds=now - began, take_lock=take_lock
        )
        if decided.act is not LeaseAct.WAIT or last is None:
            say(decided.reason)
            _keep(records, run, decided, now)
        if decided.act is not LeaseAct.WAIT:
            return decided
        last = decided
        sleep(_LOOK_SECONDS)


def _keep(records: AzureRecords, run: str, decided: LeaseDecision, at: float) -> None:
    taking = None if decided.taking is None else asdict(decided.taking)
    lease = {"act": decided.act.value, "reason": decided.reason, "taking": taking, "at": at}
    try:
        records.keep(run, at, lease=lease)
    except LandbridgeError:
        # Evidence that cannot be kept must not stop a recovery; a person's word is more than that.
        if taking is not None:
            raise
