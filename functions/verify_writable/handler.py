"""State "Verify Writable": a committed write was read back, on a newer timeline."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import settings
from landbridge.adapters.promotion import verify_writable
from landbridge.adapters.warming import warmable
from landbridge.domain.errors import DatabaseNotWritableError

logger = Logger()


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"timeline"}``; raise DatabaseNotWritableError."""
    limit = settings().budgets.promotion_seconds
    timeline = verify_writable(settings().azure_database, event["epoch"], event["run"], limit)
    before = event.get("timeline_before")
    promoted_now = event.get("action") == "promote"
    if promoted_now and before is not None and timeline <= before:
        raise DatabaseNotWritableError(f"timeline {timeline} is not newer than {before}")
    return {"timeline": timeline}
