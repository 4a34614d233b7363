"""State "Catch Up Primary": until AWS has replayed the last byte that Azure wrote."""

import time
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.postgres import connect
from landbridge.adapters.switchover import wait_replayed
from landbridge.adapters.warming import warmable
from landbridge.domain.catching_up import hold_left_seconds

logger = Logger()


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"replayed_lsn"}``; raise ReplayBehindError with what is missing."""
    budgets = settings().budgets
    left = hold_left_seconds(event["held_at"], budgets.hold_seconds, time.time())
    wait_seconds = min(left, budgets.replay_seconds)
    function_app().renew_lock(event["run"], event["epoch"])
    limit = min(left, budgets.database_seconds) + wait_seconds
    with connect(settings().aws_database, limit) as connection:
        seen = wait_replayed(connection, event["final_lsn"], wait_seconds)
    return {"replayed_lsn": seen.replayed_lsn}
