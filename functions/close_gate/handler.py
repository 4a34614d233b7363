"""State "Close Gate": AWS serves again. The checkers see it and DNS answers AWS."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import function_app
from landbridge.adapters.warming import warmable

logger = Logger()


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return the gate; raise StaleEpochError or GateTransitionError."""
    return function_app().move_gate("closed", event["epoch"], event["run"])
