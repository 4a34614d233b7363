"""``python -m landbridge.takeover``: the Job's pod. Fails over from Azure, with all of AWS dead.

Ends with 0 once the run has ended, however it did: the last line and the record say how. Anything
else is a pod that died or could not begin, which its Job starts again; it goes on where it was. A
run that has ended is not begun a second time.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from landbridge.domain.errors import LandbridgeError
from landbridge.domain.machine.frames import SUCCEEDED
from landbridge.domain.machine.reading import read_machine
from landbridge.takeover import steps
from landbridge.takeover.calls import load_steps
from landbridge.takeover.executing import Execution
from landbridge.takeover.journal import Journal
from landbridge.takeover.lease import await_lease
from landbridge.takeover.order import Order, order_from
from landbridge.takeover.resuming import journal_of

_NOT_BEGUN = 1
MACHINE = Path(__file__).parents[2] / "statemachines" / "failover.asl.json"


def main() -> int:
    """Run one takeover; each line on standard output is JSON."""
    try:
        return _run(order_from(os.environ, time.time()))
    except LandbridgeError as error:
        _say("refused", error=type(error).__name__, reason=error.message, remedy=error.remedy)
        return _NOT_BEGUN


def _run(order: Order) -> int:
    machine = read_machine(MACHINE.read_text(encoding="utf-8"))
    records = order.places().records
    kept = records.read(order.run, "journal")
    load_steps([steps.__name__, *steps.MODULES])
    if kept is None:
        take_lock = str(order.request.get("take_lock", ""))
        await_lease(order.cluster(), records, order.run, take_lock, _say_lease)
    journal = journal_of(machine, order.run, order.request, kept, time.time())

    def keep(so_far: Journal) -> None:
        last = so_far.steps[-1]
        _say("step", step=last.title, result=last.result, attempts=last.attempts)
        try:
            records.keep(order.run, time.time(), journal=so_far.document())
        except LandbridgeError as error:
            # Evidence that cannot be kept must not stop a recovery; begun again it repeats steps.
            _say("not kept", error=type(error).__name__, reason=error.message)

    ended = Execution(machine, journal, keep, lambda _: steps.__name__).run().frame
    _say("ended", state=ended.state, recovered=ended.ended == SUCCEEDED, error=ended.error)
    try:
        records.prune()
    except LandbridgeError as error:
        _say("old records stay", error=type(error).__name__, reason=error.message)
    return 0


def _say_lease(reason: str) -> None:
    _say("lock", reason=reason)


def _say(event: str, **fields: Any) -> None:
    sys.stdout.write(json.dumps({"event": event, "at": round(time.time(), 3), **fields}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
