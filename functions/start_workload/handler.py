"""State "Start Workload": the workload's own starter is asked for its run, by the usual door.

A run that is on already is waited for, and no second one is asked for. Running this twice asks for
the same run twice, which the starter takes for one.
"""

import time
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.tracing import traced
from landbridge.adapters.workload_runs import ask_workload, running_run, workload_outcome
from landbridge.domain.errors import GateConflictError
from landbridge.domain.wave_request import workload_event, workload_run
from landbridge.domain.wave_turns import Outcome

logger = Logger()


@logger.inject_lambda_context
@traced
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"run", "at", "ended", "outcome", "reason"}``; a refusal is an ending.

    Raises GateConflictError where another run got in between: the next attempt finds it.
    """
    now, workload, flow = time.time(), event["workload"], event["flow"]
    request = workload_event(event["run"], event["request"], event["at"])
    begun = {"at": now, "ended": False, "outcome": "", "reason": ""}
    running = running_run(workload)
    if running.startswith(f"{flow}-"):
        logger.info("on already", workload=workload, of_it=running)
        return {**begun, "run": running}
    answer, own = ask_workload(workload, flow, request), workload_run(flow, request, now)
    logger.info("asked", workload=workload, answer=answer)
    # Refused for it being on, or having been: an earlier attempt of this state started it.
    if answer["started"] or workload_outcome(workload, flow, own) is not None:
        return {**begun, "run": own}
    if not running and running_run(workload):
        raise GateConflictError(f"{workload}'s starter: {answer['reason']}")
    ending = {"ended": True, "outcome": Outcome.REFUSED, "reason": answer["reason"]}
    return {**begun, **ending, "run": ""}
