"""State "Take Lock": one run at a time, in a new epoch. Taken twice by one run it is one lock."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.warming import warmable

logger = Logger()


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"holder", "epoch"}``; raise LockHeldError, which names the other run."""
    lock = function_app().take_lock(event["run"], settings().budgets.lease_seconds)
    return {"holder": lock["holder"], "epoch": lock["epoch"]}
