"""State "Retire Standby": Azure's pods to zero; its database, held, is nobody's primary."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import function_app
from landbridge.adapters.warming import warmable

logger = Logger()


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"desired", "ready"}``; asking twice for zero changes nothing."""
    return function_app().scale(0, event["epoch"], event["run"])
