"""State "Scale Standby": Azure's pods start; an init container holds them until writes work."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.warming import warmable

logger = Logger()


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"desired", "ready"}``; asking twice for the same count changes nothing."""
    return function_app().scale(settings().deployment.replicas, event["epoch"], event["run"])
