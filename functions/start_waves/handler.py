"""The starter of several workloads: a person hands it a request; it starts one parent or none.

Reads the parent's running executions. Two parents would do no harm, for each workload has one run
at a time: the second would wait for the first one's runs.
"""

import time
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.executions import begin_decided, running_execution
from landbridge.domain.errors import InvalidEventError
from landbridge.domain.starting import StartDecision, decide_start
from landbridge.domain.wave_request import parse_waves

logger = Logger()

MAX_AGE_SECONDS = 300  # a person waits for the answer: what is older is a copy


def _decide(event: dict[str, Any], now: float) -> StartDecision:
    try:
        asked = parse_waves(event, now)
    except InvalidEventError as error:
        return StartDecision(False, str(error))
    decision = decide_start(
        asked.request,
        alarm_name="",
        max_age_seconds=MAX_AGE_SECONDS,
        now=now,
        running=running_execution(),
        machine="waves",
    )
    body = {**decision.request, "flow": asked.flow}
    return StartDecision(decision.start, decision.reason, decision.name, body)


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Return ``{"started", "run", "reason"}``; a refusal is an answer, not an error."""
    decision = _decide(event, time.time())
    answer = begin_decided(decision, context.aws_request_id, "this request had its waves")
    if not answer["started"]:
        logger.warning("refused", reason=answer["reason"])
    return answer
