"""State "Protect Primary": AWS has a standby again, and waits for it where it shall."""

import time
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.postgres import connect
from landbridge.adapters.switchover import require_standby
from landbridge.adapters.warming import warmable
from landbridge.domain.errors import DatabaseUnreachableError

logger = Logger()


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"protected_at", "synchronous", "slot"}``; raise DatabaseUnreachableError.

    ``slot`` is the WAL status of Azure's slot on AWS, as ``reserved``.
    """
    function_app().renew_lock(event["run"], event["epoch"])
    name, synchronous = settings().standby_name, settings().synchronous
    limit = settings().budgets.replay_seconds
    with connect(settings().aws_database, settings().budgets.database_seconds) as connection:
        slot = require_standby(connection, name, synchronous=synchronous, timeout_seconds=limit)
    if not slot:
        raise DatabaseUnreachableError(
            f"Azure's database does not stream from AWS as {name!r} by a slot: AWS has no standby",
            "look at the log of Azure's database pod",
        )
    return {"protected_at": time.time(), "synchronous": synchronous, "slot": slot}
