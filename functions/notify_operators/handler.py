"""State "Notify Operators": one message that a person can act on."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.notifications import publish
from landbridge.adapters.warming import warmable
from landbridge.domain.ending import describe_ending

logger = Logger()


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"message_id"}``."""
    ending = describe_ending(event["run"], event["state"])
    return {"message_id": publish(ending.subject, ending.message)}
