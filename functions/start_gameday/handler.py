"""The GameDay's starter: a schedule or a person hands it an event; it starts one GameDay or none.

Reads all machines' running executions; writes a refusal's reason.
"""

import time
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import settings
from landbridge.adapters.executions import begin_decided, running_execution
from landbridge.adapters.runs import put_record
from landbridge.domain.errors import InvalidEventError
from landbridge.domain.gameday_request import parse_gameday
from landbridge.domain.starting import StartDecision, decide_start

logger = Logger()


def _decide(event: dict[str, Any], now: float) -> StartDecision:
    try:
        request = parse_gameday(event, now)
    except InvalidEventError as error:
        return StartDecision(False, str(error))
    return decide_start(
        request,
        alarm_name="",
        max_age_seconds=settings().budgets.event_age_seconds,
        now=now,
        running=running_execution(),
        machine="gameday",
    )


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Return ``{"started", "run", "reason"}``; a refusal is an answer, not an error."""
    now = time.time()
    decision = _decide(event, now)
    answer = begin_decided(decision, context.aws_request_id, "this request had its GameDay")
    if not answer["started"]:
        logger.warning("refused", reason=answer["reason"])
        refusal = {"reason": answer["reason"]}
        put_record(f"refusal-{context.aws_request_id}", "refusal", now, refusal)
    return answer
