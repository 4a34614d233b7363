"""State "Watch Workload": until the workload's run has ended, or it is time for the next look.

Changes nothing.
"""

import time
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.polling import poll
from landbridge.adapters.tracing import traced
from landbridge.adapters.workload_runs import workload_outcome
from landbridge.domain.errors import SiteUnknownError
from landbridge.domain.wave_turns import Outcome, wait_seconds

logger = Logger()

LOOK_SECONDS = 45.0
INTERVAL_SECONDS = 1.0


@logger.inject_lambda_context
@traced
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"run", "at", "ended", "outcome", "reason", "wait_seconds"}``.

    ``event["begun"]`` is what the state before returned. Raises SiteUnknownError where Step
    Functions knows no such run.
    """
    begun, workload = event["begun"], event["workload"]
    run = begun["run"]

    def look() -> tuple[Outcome, str] | None:
        seen = workload_outcome(workload, event["flow"], run)
        if seen is None:
            raise SiteUnknownError(f"{workload}: there is no run {run}")
        outcome, reason = seen
        return None if outcome is None else (outcome, reason)

    found = poll(look, LOOK_SECONDS, interval_seconds=INTERVAL_SECONDS)
    outcome, reason = found or ("", "")
    logger.info("looked", workload=workload, of_it=run, outcome=outcome)
    return {
        "run": run,
        "at": begun["at"],
        "ended": found is not None,
        "outcome": outcome,
        "reason": reason,
        "wait_seconds": wait_seconds(time.time() - begun["at"]),
    }
