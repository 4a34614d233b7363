"""Where a takeover begins: at the start, or where an earlier pod of the same run came to."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from landbridge.domain.machine.moving import begin
from landbridge.takeover.journal import Journal, parse_journal

__all__ = ["journal_of"]


def journal_of(
    machine: Mapping[str, Any],
    run: str,
    request: Mapping[str, Any],
    kept: Mapping[str, Any] | None,
    now: float,
) -> Journal:
    """Return the journal to go on with; ``kept`` is the run's own, None where it never began.

    Raises InvalidEventError where what was kept is broken: a guess would be worse.
    """
    if kept is not None:
        journal = parse_journal(kept)
        return replace(journal, started=journal.started + 1)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
    execution = {"Id": f"takeover:{run}", "Name": run, "StartTime": stamp}
    context = {"Execution": execution}
    return Journal(context, begin(machine, dict(request), context))
