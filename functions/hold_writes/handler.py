"""State "Hold Writes": Azure takes no write any more; its last LSN is what AWS must replay.

The only outage of a failback begins here. Holding twice is one hold.
"""

import time
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.postgres import connect, look
from landbridge.adapters.warming import warmable
from landbridge.adapters.write_hold import hold_writes

logger = Logger()


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"final_lsn", "timeline", "sessions_ended", "held_at"}``."""
    function_app().renew_lock(event["run"], event["epoch"])
    held_at, limit = time.time(), settings().budgets.fence_seconds
    with connect(settings().azure_database, limit) as connection:
        ended, final_lsn = hold_writes(connection, limit)
        timeline = look("azure", connection).timeline
    return {
        "final_lsn": final_lsn,
        "timeline": timeline,
        "sessions_ended": ended,
        "held_at": held_at,
    }
