"""States "Announce Gameday" and "Announce End": the operators are told.

Running it twice tells it twice.
"""

import time
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.notifications import publish
from landbridge.adapters.tracing import traced
from landbridge.domain.gameday_ending import describe_announcement, describe_gameday

logger = Logger()


@logger.inject_lambda_context
@traced
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"message_id", "at"}``; ``event["ended"]`` says which of the two it is."""
    run, state = event["run"], event["state"]
    if not event["ended"]:
        subject, message = describe_announcement(run, state)
    elif "message" in state.get("report", {}):
        subject, message = state["report"]["subject"], state["report"]["message"]
    else:  # the report could not be made
        ending = describe_gameday(run, state)
        subject, message = ending.subject, ending.message
    return {"message_id": publish(subject, message), "at": time.time()}
