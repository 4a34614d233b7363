"""The starter: EventBridge, a schedule or a person hands it an event; it starts one run or none.

Reads the machine's running executions and, where their age is limited, the last runs; writes a
refusal's reason. Copies of one event name the same execution, so it may be called any number of
times. Each delivery's input differs: StartExecution would answer a second call with the same name
and input as if that one had started the run.
"""

import time
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.automatic import automatic_off, tell_that_it_is_off
from landbridge.adapters.environment import settings
from landbridge.adapters.executions import begin_decided, running_execution
from landbridge.adapters.runs import put_record
from landbridge.adapters.warming import warmable
from landbridge.domain.drill_age import AUTOMATIC
from landbridge.domain.errors import InvalidEventError
from landbridge.domain.starting import StartDecision, decide_start, parse_start_event

logger = Logger()


def _decide(event: dict[str, Any], now: float) -> StartDecision:
    try:
        request = parse_start_event(event, now)
    except InvalidEventError as error:
        return StartDecision(False, str(error))
    return decide_start(
        request,
        alarm_name=settings().alarm_name,
        max_age_seconds=settings().budgets.event_age_seconds,
        now=now,
        running=running_execution(),
        automatic_off=automatic_off(now) if request.trigger in AUTOMATIC else "",
    )


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Return ``{"started", "run", "reason"}``; a refusal is an answer, not an error."""
    now = time.time()
    decision = _decide(event, now)
    answer = begin_decided(decision, context.aws_request_id, "this incident had its run")
    if not answer["started"]:
        logger.warning("refused", reason=answer["reason"])
        refusal = {"reason": answer["reason"]}
        put_record(f"refusal-{context.aws_request_id}", "refusal", now, refusal)
    if decision.off:
        tell_that_it_is_off(answer["reason"])
    return answer
