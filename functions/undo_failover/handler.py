"""State "Undo Failover": nothing was promoted, so AWS serves again and Azure rests.

Azure's pods to zero, AWS's writes and pods back, the gate closed: in this order, so that AWS is
whole before DNS may answer it. It takes the run lock, or keeps it, because what there is to undo
may be an earlier run's. Undoing twice is one undo.
"""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.eks import scale_deployment
from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.postgres import connect, look
from landbridge.adapters.promotion import take_promotion_lock
from landbridge.adapters.warming import warmable
from landbridge.adapters.write_hold import release_writes
from landbridge.domain.errors import AlreadyPromotedError, LandbridgeError

logger = Logger()


def _unfence() -> list[str]:
    limit, notes = settings().budgets.fence_seconds, []
    try:
        with connect(settings().aws_database, limit) as connection:
            release_writes(connection)
        notes.append("AWS's database takes writes again")
    except LandbridgeError as error:
        notes.append(f"AWS's database: {error.message}")
    try:
        scale_deployment(
            settings().eks, settings().deployment, settings().deployment.replicas, limit
        )
        notes.append(f"AWS's pods: {settings().deployment.replicas}")
    except LandbridgeError as error:
        notes.append(f"AWS's pods: {error.message}")
    return notes


@logger.inject_lambda_context
@warmable
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return ``{"notes", "gate"}``; raise AlreadyPromotedError: then nothing is undone."""
    budgets, run = settings().budgets, event["run"]
    epoch = function_app().take_lock(run, budgets.lease_seconds)["epoch"]
    with connect(settings().azure_database, budgets.fence_seconds + 10) as connection:
        take_promotion_lock(connection, budgets.fence_seconds)
        if not look("azure", connection).in_recovery:
            raise AlreadyPromotedError("Azure's database is promoted: nothing is undone")
        release_writes(connection)  # where a promotion that came to nothing made it read-only
        function_app().scale(0, epoch, run)
        notes = _unfence()
        gate = function_app().move_gate("closed", epoch, run)
    logger.info("undone", notes=notes)
    return {"notes": notes, "gate": gate}
