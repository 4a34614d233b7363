"""State "Scale Primary": AWS's pods start; an init container holds them until writes work."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.eks import scale_deployment
from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.warming import warmable

logger = Logger()


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"desired"}``; asking twice for the same count changes nothing."""
    function_app().renew_lock(event["run"], event["epoch"])
    deployment, limit = settings().deployment, settings().budgets.fence_seconds
    return {"desired": scale_deployment(settings().eks, deployment, deployment.replicas, limit)}
