"""State "Promote Primary": AWS's database leaves recovery and still takes no writes."""

import time
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.postgres import connect
from landbridge.adapters.slots import keep_wal
from landbridge.adapters.switchover import promote_held
from landbridge.adapters.warming import warmable
from landbridge.domain.catching_up import hold_left_seconds

logger = Logger()


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"timeline", "wal_not_kept"}``, the latter empty or the reason.

    Raises StaleEpochError, or DatabaseNotWritableError: not yet.
    """
    budgets = settings().budgets
    left = hold_left_seconds(event["held_at"], budgets.hold_seconds, time.time())
    wait_seconds = min(left, budgets.promotion_seconds)
    function_app().renew_lock(event["run"], event["epoch"])
    limit = min(left, budgets.database_seconds) + wait_seconds
    with connect(settings().aws_database, limit) as connection:
        not_kept = keep_wal(connection, "azure")
        promoted = promote_held(connection, wait_seconds)
    return {"timeline": promoted.timeline, "wal_not_kept": not_kept}
