"""States "Start Leg" and "Start Leg Home": the starter is asked for one way of a GameDay.

Running it twice asks for the same run twice, which the starter takes for one.
"""

import time
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.executions import execution_status
from landbridge.adapters.starter import ask_starter
from landbridge.adapters.tracing import traced
from landbridge.domain.errors import GateConflictError
from landbridge.domain.gameday_request import leg_event, leg_name

logger = Logger()


@logger.inject_lambda_context
@traced
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"run", "at"}``; raise GateConflictError where another run got in between.

    ``event["flow"]`` is failover or failback, ``event["at"]`` when the state was entered.
    """
    now, flow = time.time(), event["flow"]
    request = leg_event(flow, event["run"], event["request"], event["at"])
    name = leg_name(flow, request, now)
    answer = ask_starter(request, flow)
    # Refused for it being on, or having been: an earlier attempt of this state started it.
    if not answer["started"] and not execution_status(name):
        raise GateConflictError(f"the starter: {answer['reason']}")
    logger.info("started", leg=name, answer=answer)
    return {"run": name, "at": now}
