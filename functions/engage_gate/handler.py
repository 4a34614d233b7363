"""State "Engage Gate": from here on AWS cannot come back into DNS. Engaging twice is one change.

Only the gate that this run looked at: where another run wrote it since, the look is worth nothing.
"""

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
    return function_app().move_gate(
        "engaged", event["epoch"], event["run"], seen_epoch=event["seen_epoch"]
    )
