"""State "Admit Primary": AWS takes writes from here on. The point of no return of a failback."""

import time
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.switchover import admit
from landbridge.adapters.warming import warmable
from landbridge.domain.errors import DatabaseNotWritableError

logger = Logger()


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"timeline", "admitted_at"}``; raise DatabaseNotWritableError."""
    function_app().renew_lock(event["run"], event["epoch"])
    limit = settings().budgets.promotion_seconds
    timeline = admit(settings().aws_database, event["epoch"], event["run"], limit)
    before = event["timeline_before"]
    if before is not None and timeline <= before:
        raise DatabaseNotWritableError(f"timeline {timeline} is not newer than {before}")
    return {"timeline": timeline, "admitted_at": time.time()}
