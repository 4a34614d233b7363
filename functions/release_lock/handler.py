"""State "Release Lock": the next run may begin. Releasing what is not held changes nothing."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import function_app
from landbridge.adapters.warming import warmable

logger = Logger()


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return the lock as it is now."""
    return function_app().release_lock(event["run"])
