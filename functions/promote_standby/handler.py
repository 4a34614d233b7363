"""State "Promote Standby": Azure's database takes writes, in the run's epoch. Twice is once."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.postgres import connect
from landbridge.adapters.promotion import promote, take_promotion_lock
from landbridge.adapters.slots import keep_wal
from landbridge.adapters.warming import warmable

logger = Logger()


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"timeline", "wal_not_kept"}``, the latter empty or the reason.

    Raises StaleEpochError, or DatabaseNotWritableError: not yet.
    """
    budgets = settings().budgets
    limit = budgets.database_seconds + budgets.promotion_seconds
    with connect(settings().azure_database, limit) as connection:
        take_promotion_lock(connection, budgets.database_seconds)
        # Under the lock: an undo that came first closed the gate in this epoch, and then a gate
        # does not engage again.
        function_app().move_gate("engaged", event["epoch"], event["run"])
        not_kept = keep_wal(connection, "aws")
        promoted = promote(connection, event["epoch"], event["run"], budgets.promotion_seconds)
    return {"timeline": promoted.timeline, "wal_not_kept": not_kept}
